"""Who may use the address: tokens, origins, limits, prefixes, and a database that is away."""

import pytest

from tests.mcp.speaking import call, error, modern, older, result
from tests.support.accounts import ALICE, TOKEN, client_of
from webapp.errors import Busy
from webapp.services.accounts.tokens import create_token, revoke_token

KEEP = {"name": "keep_turn", "arguments": {"question": "a", "answer": "b"}}


def test_a_request_without_a_valid_token_is_a_401_with_a_challenge(app, client):
    for headers, told in (
        ({}, None),
        ({"Authorization": "Bearer x"}, "invalid_token"),
        ({"Authorization": "Basic x"}, None),
    ):
        answer = older(client_of(app), "tools/list", headers=headers)
        assert error(answer, 401, -32000, number=None)["data"] == {"code": "sign-in-needed"}
        challenge = answer.headers["WWW-Authenticate"]
        assert challenge.startswith("Bearer realm=")
        assert ('error="invalid_token"' in challenge) is (told is not None)


def test_a_token_in_the_address_or_a_cookie_opens_nothing(app, client):
    browser = app.test_client()
    browser.token = None
    body = {"jsonrpc": "2.0", "id": 1, "method": "ping"}
    assert browser.post("/mcp", json=body).status_code == 401
    assert client_of(app).post(f"/mcp?access_token={TOKEN}&token={TOKEN}", json=body).status_code == 401


def test_a_revoked_token_is_refused_from_the_next_request_on(app):
    with app.app_context():
        secret, token = create_token(ALICE, "short-lived")
    client = client_of(app, token=secret)
    assert result(older(client, "ping")) == {}
    with app.app_context():
        revoke_token(ALICE, token.id)
    assert older(client, "ping").status_code == 401


def test_a_read_only_token_reads_and_is_told_which_scope_would_write(app):
    with app.app_context():
        secret, _ = create_token(ALICE, "reader", read_only=True)
    client = client_of(app, token=secret)
    assert call(client, "search", query="a") == {"results": [], "all_words": True}
    for answer in (modern(client, "tools/call", KEEP, number=7), older(client, "tools/call", KEEP, number=7)):
        assert "read-only" in error(answer, 403, -32000, number=7)["message"]
        assert 'error="insufficient_scope", scope="write"' in answer.headers["WWW-Authenticate"]
    assert call(client, "list_chats") == {"chats": []}


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "null", "http://localhost.evil.example", "http://localhost:1", "x"]
)
def test_a_page_of_another_origin_is_refused(client, origin):
    error(older(client, "ping", headers={"Origin": origin}), 403, -32000, number=None)
    error(older(client, "ping", headers={"Sec-Fetch-Site": "cross-site"}), 403, -32000, number=None)


def test_an_origin_that_the_operator_allows_may_read_the_answer(make_app):
    client = make_app(cors_origins=("https://inspector.example",)).test_client()
    answer = older(client, "ping", headers={"Origin": "https://inspector.example"})
    assert result(answer) == {}
    assert answer.headers["Access-Control-Allow-Origin"] == "https://inspector.example"
    assert older(client, "ping", headers={"Origin": "https://evil.example"}).status_code == 403


def test_a_host_name_that_is_not_the_servers_is_refused(client):
    answer = older(client, "ping", headers={"Host": "rebound.example"})
    error(answer, 400, -32600, number=None)


def test_addresses_have_the_prefix_of_the_app(make_app):
    client = make_app(url_prefix="/minutes").test_client()
    headers = {"Authorization": f"Bearer {TOKEN}"}
    body = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": KEEP}
    kept = result(client.post("/minutes/mcp", json=body, headers=headers))["structuredContent"]
    assert kept["url"] == f"http://localhost/minutes/sessions/{kept['id']}"


def test_a_busy_database_is_a_503_that_may_be_repeated(client, monkeypatch):
    def be_busy(*_args, **_options):
        raise Busy

    monkeypatch.setattr("webapp.mcp.tools.list_chats.list_sessions", be_busy)
    answer = modern(client, "tools/call", {"name": "list_chats"}, number="a")
    assert error(answer, 503, -32000, number="a")["data"] == {"code": "busy"}
    assert answer.headers["Retry-After"]


def test_answers_are_kept_by_nobody(client):
    answer = older(client, "ping")
    assert answer.headers["Cache-Control"] == "no-store"
    assert "Mcp-Session-Id" not in answer.headers
