"""A door is one value: its audience and its shape of errors hold for every address below its prefix."""

import pytest
from flask import Blueprint, Response

from tests.support.accounts import TOKEN
from webapp.errors import Conflict
from webapp.http.audience import Audience, allow
from webapp.http.doors import Door, audience_of, open_doors

pytestmark = pytest.mark.one_database("Doors decide before any row is read.")


class Plain:
    """Errors as one line of plain text."""

    def refused(self, error):
        return Response(f"refused: {error.detail}", error.status, content_type="text/plain")

    def refused_http(self, error):
        return Response(f"http: {error.code}", error.code, content_type="text/plain")

    def failed(self):
        return Response("failed", 500, content_type="text/plain")


@pytest.fixture
def app(make_app):
    pages = Blueprint("bells", __name__)

    @pages.get("/bells/ring")
    def ring():
        return "ding"

    @pages.get("/bells/open")
    @allow(Audience.ANYBODY)
    def look():
        raise Conflict("It hangs still.")

    @pages.get("/bells/broken")
    @allow(Audience.ANYBODY)
    def crack():
        raise ValueError("crack")

    app = make_app()
    door = Door(prefix="/bells/", audience=Audience.TOKEN, errors=Plain(), blueprints=(pages,))
    open_doors(app, (door,))
    return app


def test_a_view_that_declares_nothing_has_the_audience_of_its_door(app, client):
    assert audience_of(app, "bells.ring") is Audience.TOKEN
    assert audience_of(app, "bells.look") is Audience.ANYBODY
    assert audience_of(app, "sessions.new") is Audience.SIGNED_IN

    assert client.get("/bells/ring", headers={"Authorization": f"Bearer {TOKEN}"}).text == "ding"
    refused = client.get("/bells/ring")
    assert (refused.status_code, refused.content_type) == (401, "text/plain")


def test_every_error_below_the_prefix_has_the_shape_of_the_door(client):
    answers = {path: client.get(f"/bells/{path}") for path in ("open", "nowhere", "broken")}
    assert {path: (answer.status_code, answer.text) for path, answer in answers.items()} == {
        "open": (409, "refused: It hangs still."),
        "nowhere": (404, "http: 404"),
        "broken": (500, "failed"),
    }


def test_addresses_beside_the_prefix_belong_to_the_pages(client):
    answer = client.get("/bellsandwhistles")
    assert (answer.status_code, answer.mimetype) == (404, "text/html")
