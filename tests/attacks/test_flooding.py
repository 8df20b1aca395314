"""Somebody who writes without end is slowed down, alone."""

import pytest

from tests.attacks.people import person
from tests.openai_api.asking import ask, error
from tests.support.accounts import client_of
from tests.support.doors import make_session, problem, script

pytestmark = [pytest.mark.usefixtures("clock"), pytest.mark.one_database("The limiter counts outside of the database.")]


@pytest.fixture
def app(make_app):
    return make_app(writes_a_minute=5)


def test_writes_are_counted_by_person_over_all_doors(app, client, clock):
    script(app)
    session = make_session(client)
    assert client.post(f"{session['html_url']}/pin").status_code == 303
    assert ask(client, "Hello").status_code == 200
    assert client.patch(session["url"], json={"title": "b"}).status_code == 200
    assert client.post("/account/tokens", data={"token_name": "a"}).status_code == 200
    refused = client.post("/api/v1/sessions", json={})
    assert "too many requests" in problem(refused, 429, "too-many-requests")["detail"]
    wait = int(refused.headers["Retry-After"])
    assert 0 < wait <= 60
    assert error(ask(client, "Hello"), 429, "too_many_requests")["type"]
    page = client.post(f"{session['html_url']}/unpin")
    assert page.status_code == 429
    assert "Please wait" in page.text
    assert page.headers["Retry-After"] == refused.headers["Retry-After"]
    assert client.get(session["url"]).json["pinned"]
    clock.seconds += wait + 1
    assert client.post("/api/v1/sessions", json={}).status_code == 201


def test_requests_of_the_model_context_protocol_are_counted_too(client):
    ping = {"jsonrpc": "2.0", "id": 1, "method": "ping"}
    assert [client.post("/mcp", json=ping).status_code for _ in range(5)] == [200] * 5
    refused = client.post("/mcp", json=ping)
    assert (refused.status_code, refused.json["error"]["data"]) == (429, {"code": "too-many-requests"})
    assert int(refused.headers["Retry-After"]) > 0


def test_nobody_else_waits_and_reading_is_free(app, client):
    with app.app_context():
        bob = person("bob").client(app)
    for _ in range(7):
        client.post("/api/v1/sessions", json={})
    assert client.post("/api/v1/sessions", json={}).status_code == 429
    assert bob.post("/api/v1/sessions", json={}).status_code == 201
    for _ in range(10):
        assert client.get("/api/v1/sessions").status_code == client.get("/sessions").status_code == 200
    # One can always leave, and come back.
    assert client.post("/sign-out").status_code == 303


def test_another_address_or_token_is_no_other_person(app, client):
    token = client.post("/account/tokens", data={"token_name": "another"}).text
    other = client_of(app, token=token[token.index("mb_", token.index("The new token")) :].partition('"')[0])
    statuses = [
        other.post("/api/v1/sessions", json={}, environ_overrides={"REMOTE_ADDR": f"192.0.2.{n}"}).status_code
        for n in range(6)
    ]
    assert statuses == [201] * 4 + [429] * 2


def test_what_is_refused_costs_somebody_else_nothing(app, client):
    """A request without a sign-in is nobody's, whatever it names."""
    for _ in range(10):
        client_of(app).post("/api/v1/sessions", json={})
        client_of(app, secret="made up", token="mb_made-up").post("/chat", data={"content": "a"})
    assert client.post("/api/v1/sessions", json={}).status_code == 201


def test_where_the_operator_wants_no_bound_there_is_none(make_app):
    client = make_app(writes_a_minute=0).test_client()
    assert {client.post("/api/v1/sessions", json={}).status_code for _ in range(20)} == {201}
