"""Every address says who may use it: one that is new must be written down here, or this fails."""

import pytest

from tests.attacks.people import another_browser
from tests.attacks.routes import (
    ANYBODY,
    FRESH,
    ROUTES,
    call,
    existing,
    things_of_alice,
    wanting_fresh_password,
)
from tests.support.accounts import ALICE, TOKEN, client_of
from tests.support.doors import script
from webapp.http.audience import Audience

pytestmark = pytest.mark.one_database("Who may ask is decided from the same rows on both databases.")


def test_every_address_is_open_to_whom_this_table_says(app):
    assert existing(app) == {name: route.who for name, route in ROUTES.items()}


def test_what_can_harm_an_account_asks_for_the_password_again(app):
    assert wanting_fresh_password(app) == set(FRESH)


def test_the_metrics_are_open_to_the_operator_only_and_only_where_they_are_wanted(make_app):
    pytest.importorskip("prometheus_client")
    wanted = make_app(metrics_token="the operator's own, and long enough")
    assert existing(wanted) == {name: route.who for name, route in ROUTES.items()} | {"GET /metrics": Audience.OPERATOR}
    for headers in (
        {},
        {"Authorization": f"Bearer {TOKEN}"},
        {"Authorization": "Bearer "},
        {"Authorization": "Bearer é"},
    ):
        assert wanted.test_client().get("/metrics", headers=headers).status_code == 401
    headers = {"Authorization": "Bearer the operator's own, and long enough"}
    assert client_of(wanted).get("/metrics", headers=headers).status_code == 200


def test_nothing_is_open_to_anybody_but_the_way_in_and_what_is_the_same_for_all():
    assert {name for name, route in ROUTES.items() if route.who is ANYBODY} == {
        "GET /api/v1/docs",
        "GET /api/v1/openapi.json",
        "GET /assets/<name>",
        "GET /healthz",
        "GET /manifest.webmanifest",
        "GET /readyz",
        "GET /invitations/<secret>",
        "POST /invitations/<secret>",
        "GET /setup",
        "POST /setup",
        "GET /sign-in",
        "POST /sign-in",
        "POST /sign-out",
        "GET /static/<path:filename>",
        "POST /theme",
    }


def test_alice_can_do_everything_as_it_is_called_here(app):
    """Without this the walks of strangers would prove nothing: what is refused might be wrongly called."""
    for name, route in ROUTES.items():
        with app.app_context():
            another_browser(ALICE, name)
            things = things_of_alice(route.state)
            script(app)
            answer = call(client_of(app, secret=name, token=TOKEN), name, things)
        if name.endswith(" /setup") or name == "POST /api/v1/imports/<id:import_id>/stop":
            # It was done, and nothing is written that could be stopped.
            assert answer.status_code == 409
            continue
        assert answer.status_code in {200, 201, 202, 204, 302, 303}, (name, answer.text)
        is_shown_out = answer.headers.get("Location") == "/sign-in"
        assert is_shown_out == (name in {"POST /sign-out", "POST /account/sign-ins/end"})
