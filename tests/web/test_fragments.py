"""A whole page or a fragment: told by one header, and told apart by caches."""

import pytest

from tests.support.doors import NOBODY, add_turn, make_session

PARTIAL = {"HX-Request-Type": "partial"}
ADDRESSES = [
    "/sessions",
    "/sessions/{id}",
    "/sessions/{id}/messages/0/edit",
    "/sessions/archived",
    "/sessions?q=a",
    f"/sessions/{NOBODY}",
    "/nothing",
]


def vary(answer):
    return {name.strip().lower() for name in answer.headers.get("Vary", "").split(",")}


@pytest.mark.parametrize("address", ADDRESSES)
@pytest.mark.one_database("The form of an answer does not depend on the database.")
def test_only_a_partial_request_gets_a_fragment(client, address):
    session = make_session(client)
    add_turn(client, session["id"])
    address = address.format(id=session["id"])
    for headers in (
        {},
        {"HX-Request": "true"},
        {"HX-Request-Type": "full"},
        {"HX-Request": "true", "HX-Request-Type": "full"},
    ):
        page = client.get(address, headers=headers)
        assert page.text.startswith("<!doctype html>")
        assert "hx-request-type" in vary(page)
    part = client.get(address, headers=PARTIAL)
    assert "<html" not in part.text
    assert "hx-request-type" in vary(part)


def test_a_redirect_is_told_apart_too(client):
    session = make_session(client)
    assert "hx-request-type" in vary(client.post(f"{session['html_url']}/pin"))
    assert "hx-request-type" in vary(client.get(f"{session['html_url']}/news"))
