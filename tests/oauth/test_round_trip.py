"""A client connects, reads, writes if it may, refreshes, and is disconnected."""

import pytest

from tests.support.oauth import (
    CALLBACK,
    PUBLIC,
    answer,
    bearer,
    connect,
    exchange,
    page_of,
    refresh,
    register,
    request_of,
    returned,
)


def test_a_client_registers_asks_and_reads(client):
    client_id = register(client)
    back = returned(answer(client, request_of(client_id)))

    assert back.keys() == {"code", "state", "iss"}
    assert (back["state"], back["iss"]) == ("s-1", PUBLIC)
    tokens = exchange(client, client_id, back["code"])
    assert tokens.status_code == 200
    assert tokens.headers["Cache-Control"] == "no-store"
    assert tokens.json.keys() == {"access_token", "token_type", "expires_in", "refresh_token", "scope"}
    assert (tokens.json["token_type"], tokens.json["expires_in"], tokens.json["scope"]) == ("Bearer", 3600, "read")
    seen = client.get("/api/v1/account", headers=bearer(tokens.json))
    assert (seen.status_code, seen.json["name"]) == (200, "alice")


@pytest.mark.parametrize("write", [False, True])
def test_a_client_writes_only_if_its_user_ticked_it(client, write):
    _, tokens = connect(client, write=write)

    assert tokens["scope"] == ("read write" if write else "read")
    made = client.post("/api/v1/sessions", json={}, headers=bearer(tokens))
    assert made.status_code == (201 if write else 403)
    if not write:
        challenge = made.headers["WWW-Authenticate"]
        assert 'error="insufficient_scope"' in challenge
        assert f'resource_metadata="{PUBLIC}/.well-known/oauth-protected-resource/api/v1"' in challenge


def test_a_client_that_asks_to_read_cannot_be_given_more(client):
    client_id = register(client)
    parameters = request_of(client_id, scope="read")
    assert "may_write" not in page_of(client, parameters).text

    code = returned(answer(client, parameters, write=True))["code"]
    assert exchange(client, client_id, code).json["scope"] == "read"


def test_a_refresh_gives_new_tokens_with_the_same_rights(client):
    client_id, first = connect(client, write=True)

    second = refresh(client, client_id, first["refresh_token"])

    assert second.status_code == 200
    assert second.json["scope"] == "read write"
    assert second.json["access_token"] != first["access_token"]
    assert second.json["refresh_token"] != first["refresh_token"]
    for tokens in (first, second.json):
        assert client.get("/api/v1/account", headers=bearer(tokens)).status_code == 200


def test_a_refresh_may_ask_for_less_and_the_grant_stays_as_it_is(client):
    client_id, first = connect(client, write=True)

    less = refresh(client, client_id, first["refresh_token"], scope="read").json

    assert client.post("/api/v1/sessions", json={}, headers=bearer(less)).status_code == 403
    whole = refresh(client, client_id, less["refresh_token"]).json
    assert client.post("/api/v1/sessions", json={}, headers=bearer(whole)).status_code == 201


def test_a_refused_client_is_told(client):
    back = returned(answer(client, request_of(register(client)), allow=False))

    assert back["error"] == "access_denied"
    assert (back["state"], back["iss"]) == ("s-1", PUBLIC)
    assert "code" not in back


def test_the_page_and_the_api_list_an_app_and_disconnect_it(client):
    for write in (False, True):
        _, tokens = connect(client, write=write)
    apps = client.get("/api/v1/account/apps").json["data"]
    assert [(app["name"], app["host"], app["scope"]) for app in apps] == [
        ("Claude", "claude.ai", "read write"),
        ("Claude", "claude.ai", "read"),
    ]
    page = client.get("/account").text
    assert page.count("/disconnect") == 2
    assert "claude.ai · reads and writes" in page

    assert client.delete(f"/api/v1/account/apps/{apps[1]['id']}").status_code == 204
    assert client.get("/api/v1/account", headers=bearer(tokens)).status_code == 200
    assert client.post(f"/account/apps/{apps[0]['id']}/disconnect").status_code == 303
    assert client.get("/api/v1/account", headers=bearer(tokens)).status_code == 401
    assert client.get("/api/v1/account/apps").json["data"] == []
    assert client.delete(f"/api/v1/account/apps/{apps[0]['id']}").status_code == 404


def test_a_client_ends_its_grant_with_any_of_its_tokens(client):
    for name in ("access_token", "refresh_token"):
        client_id, tokens = connect(client)
        ended = client.post("/oauth/revoke", data={"client_id": client_id, "token": tokens[name]})
        assert ended.status_code == 200
        assert client.get("/api/v1/account", headers=bearer(tokens)).status_code == 401
        assert refresh(client, client_id, tokens["refresh_token"]).json["error"] == "invalid_grant"


def test_an_unknown_token_is_revoked_already(client):
    client_id = register(client)
    assert client.post("/oauth/revoke", data={"client_id": client_id, "token": "mba_x"}).status_code == 200


def test_without_a_public_url_nothing_is_there(make_app):
    client = make_app().test_client()
    for path in (
        "/authorize",
        "/.well-known/oauth-authorization-server",
        "/.well-known/oauth-protected-resource",
        "/.well-known/oauth-protected-resource/mcp",
    ):
        assert client.get(path).status_code == 404
    for path in ("/oauth/token", "/oauth/register", "/oauth/revoke", "/authorize"):
        assert client.post(path, data={"redirect_uri": CALLBACK}).status_code == 404


def test_metadata_names_what_there_is(client):
    server = client.get("/.well-known/oauth-authorization-server")
    assert server.status_code == 200
    assert server.json["issuer"] == PUBLIC
    assert server.json["code_challenge_methods_supported"] == ["S256"]
    for path in ("", "/mcp", "/api/v1"):
        resource = client.get(f"/.well-known/oauth-protected-resource{path}").json
        assert resource["resource"] == PUBLIC + path
        assert resource["authorization_servers"] == [PUBLIC]
    assert client.get("/.well-known/oauth-protected-resource/sessions").status_code == 404
    refused = client.get("/api/v1/account", headers={"Authorization": "Bearer mba_nonsense"})
    assert 'error="invalid_token"' in refused.headers["WWW-Authenticate"]
    assert "oauth-protected-resource/api/v1" in refused.headers["WWW-Authenticate"]
