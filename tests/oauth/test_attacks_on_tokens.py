"""Attacks on codes and tokens (RFC 9700): each serves its own client, once, for its own resource and scope."""

import threading
from datetime import timedelta

import pytest

from tests.attacks.people import person
from tests.support.accounts import ALICE, PASSWORD
from tests.support.oauth import (
    PUBLIC,
    answer,
    bearer,
    connect,
    connected,
    exchange,
    refresh,
    register,
    request_of,
    returned,
)
from tests.support.people import alter, rows
from webapp.database.transaction import leave_transaction
from webapp.ids import utc_now
from webapp.models import OAuthGrant, OAuthToken
from webapp.services.accounts.deletion import remove_account
from webapp.services.accounts.grants import MAX_GRANTS
from webapp.services.accounts.status import disable_account, enable_account

ACCOUNT = "/api/v1/account"


def code_of(client, client_id, **changes):
    return returned(answer(client, request_of(client_id, **changes)))["code"]


def works(client, tokens):
    return client.get(ACCOUNT, headers=bearer(tokens)).status_code == 200


def test_a_code_serves_once_and_a_second_use_ends_what_the_first_one_gave(client):
    client_id = register(client)
    code = code_of(client, client_id)
    tokens = exchange(client, client_id, code).json
    assert works(client, tokens)

    again = exchange(client, client_id, code)

    assert (again.status_code, again.json["error"]) == (400, "invalid_grant")
    assert not works(client, tokens)
    assert refresh(client, client_id, tokens["refresh_token"]).json["error"] == "invalid_grant"
    assert "its code was used twice" in client.get("/account/trail").text


@pytest.mark.parametrize(
    ("name", "value", "error"),
    [
        ("code_verifier", "w" * 50, "invalid_grant"),
        ("code_verifier", None, "invalid_request"),
        ("code_verifier", "short", "invalid_request"),
        ("redirect_uri", "https://claude.ai/other", "invalid_grant"),
        ("redirect_uri", None, "invalid_grant"),
        ("code", "mbk_made-up", "invalid_grant"),
        ("code", None, "invalid_request"),
        ("code", "a\0b", "invalid_request"),
        ("client_id", None, "invalid_client"),
        ("client_id", "mbc_unknown", "invalid_client"),
        ("resource", f"{PUBLIC}/mcp", "invalid_target"),
        ("resource", "https://evil.example", "invalid_target"),
        ("grant_type", "password", "unsupported_grant_type"),
        ("grant_type", "client_credentials", "unsupported_grant_type"),
        ("grant_type", None, "unsupported_grant_type"),
        ("grant_type", 'x"\\', "unsupported_grant_type"),
    ],
)
def test_a_code_alone_is_worth_nothing(client, name, value, error):
    client_id = register(client)
    code = code_of(client, client_id)

    refused = exchange(client, client_id, code, **{name: value})

    assert (refused.status_code, refused.json["error"]) == (400, error), refused.text
    assert exchange(client, client_id, code).status_code == 200, "whoever tried could not take the code away"


def test_a_code_serves_no_other_client(client):
    mine, other = register(client), register(client)
    code = code_of(client, mine)
    assert exchange(client, other, code).json["error"] == "invalid_grant"


def test_a_code_serves_for_two_minutes(app, client):
    client_id = register(client)
    code = code_of(client, client_id)
    with app.app_context():
        (grant,) = rows(OAuthGrant)
        alter(OAuthGrant, grant.id, expires_at=utc_now())
    assert exchange(client, client_id, code).json["error"] == "invalid_grant"


def test_an_old_refresh_token_ends_the_grant(client):
    client_id, first = connect(client)
    second = refresh(client, client_id, first["refresh_token"]).json

    assert refresh(client, client_id, first["refresh_token"]).json["error"] == "invalid_grant"

    assert not works(client, second)
    assert refresh(client, client_id, second["refresh_token"]).json["error"] == "invalid_grant"
    assert "an old token was used again" in client.get("/account/trail").text
    assert client.get("/api/v1/account/apps").json["data"] == []


def test_a_refresh_token_serves_no_other_client_and_no_other_purpose(client):
    client_id, tokens = connect(client)
    other = register(client)
    assert refresh(client, other, tokens["refresh_token"]).json["error"] == "invalid_grant"
    assert client.get(ACCOUNT, headers={"Authorization": f"Bearer {tokens['refresh_token']}"}).status_code == 401
    assert refresh(client, client_id, tokens["access_token"]).json["error"] == "invalid_grant"
    assert refresh(client, client_id, tokens["refresh_token"], scope="admin").json["error"] == "invalid_scope"
    assert refresh(client, client_id, tokens["refresh_token"], resource=PUBLIC).json["error"] == "invalid_target"
    assert refresh(client, client_id, tokens["refresh_token"]).status_code == 200


def test_a_refresh_gives_no_more_than_was_granted(client):
    client_id, tokens = connect(client)
    more = refresh(client, client_id, tokens["refresh_token"], scope="read write").json
    assert more["scope"] == "read"
    assert client.post("/api/v1/sessions", json={}, headers=bearer(more)).status_code == 403


def test_no_client_revokes_what_is_anothers(client):
    _, tokens = connect(client)
    refused = client.post("/oauth/revoke", data={"client_id": register(client), "token": tokens["access_token"]})
    assert refused.json["error"] == "invalid_grant"
    assert works(client, tokens)


@pytest.mark.parametrize("action", ["code", "refresh"])
def test_of_two_at_the_same_time_one_is_served_and_the_grant_ends(app, client, action):
    client_id = register(client)
    code = code_of(client, client_id)
    token = exchange(client, client_id, code).json["refresh_token"] if action == "refresh" else ""
    barrier, answers = threading.Barrier(2), []

    def use():
        barrier.wait(10)
        mine = app.test_client()
        answers.append(refresh(mine, client_id, token) if token else exchange(mine, client_id, code))

    threads = [threading.Thread(target=use) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)

    assert sorted(answer.status_code for answer in answers) == [200, 400]
    with app.app_context():
        assert rows(OAuthGrant) == rows(OAuthToken) == []


@pytest.mark.parametrize(
    ("resource", "opened"),
    [
        (None, {"/api/v1/account", "/v1/models"}),
        (PUBLIC, {"/api/v1/account", "/v1/models"}),
        (f"{PUBLIC}/", {"/api/v1/account", "/v1/models"}),
        (f"{PUBLIC}/api/v1", {"/api/v1/account"}),
        (f"{PUBLIC}/mcp", set()),
    ],
)
def test_a_token_opens_its_resource_alone(client, resource, opened):
    _, tokens = connect(client, resource=resource)
    for path in ("/api/v1/account", "/v1/models"):
        assert client.get(path, headers=bearer(tokens)).status_code == (200 if path in opened else 401)
    assert client.get("/api/v1nonsense", headers=bearer(tokens)).status_code == 404


def test_a_token_opens_no_page(app, client):
    from tests.attacks.people import bare

    _, tokens = connect(client, resource=PUBLIC)
    for path in ("/sessions", "/account", "/authorize"):
        assert bare(app).get(path, headers=bearer(tokens)).status_code == 303


def test_the_app_of_an_administrator_is_none(client):
    _, tokens = connect(client, write=True, resource=PUBLIC)
    assert client.get("/api/v1/account", headers=bearer(tokens)).json["is_admin"] is False
    assert client.get("/api/v1/connections", headers=bearer(tokens)).status_code == 403


def test_a_token_of_an_address_that_the_server_left_opens_nothing(make_app, client):
    _, tokens = connect(client)
    for url in ("https://moved.example", ""):
        assert make_app(public_url=url).test_client().get(ACCOUNT, headers=bearer(tokens)).status_code == 401


def test_an_access_token_runs_out(app, client):
    client_id, tokens = connect(client)
    with app.app_context():
        for token in rows(OAuthToken):
            if not token.is_refresh:
                alter(OAuthToken, token.id, expires_at=utc_now())
    assert not works(client, tokens)
    assert works(client, refresh(client, client_id, tokens["refresh_token"]).json)
    with app.app_context():
        assert len(rows(OAuthToken)) == 3, "what ran out is deleted"


def test_a_grant_ends_after_a_year_however_often_it_is_used(app, client):
    client_id, tokens = connect(client)
    with app.app_context():
        (grant,) = rows(OAuthGrant)
        alter(OAuthGrant, grant.id, created_at=utc_now() - timedelta(days=365) + timedelta(minutes=5))
    tokens = refresh(client, client_id, tokens["refresh_token"]).json
    with app.app_context():
        (grant,) = rows(OAuthGrant)
        assert grant.expires_at - utc_now() < timedelta(minutes=6)


def test_an_unused_app_is_forgotten(app, client):
    client_id, tokens = connect(client)
    with app.app_context():
        (grant,) = rows(OAuthGrant)
        alter(OAuthGrant, grant.id, expires_at=utc_now())
        for token in rows(OAuthToken):
            alter(OAuthToken, token.id, expires_at=utc_now())
    assert client.get("/api/v1/account/apps").json["data"] == []
    assert refresh(client, client_id, tokens["refresh_token"]).json["error"] == "invalid_grant"
    connect(client)
    with app.app_context():
        assert len(rows(OAuthGrant)) == 1


def test_only_hashes_are_stored(app, client):
    client_id = register(client)
    code = code_of(client, client_id)
    tokens = exchange(client, client_id, code).json
    with app.app_context():
        stored = repr(rows(OAuthGrant) + rows(OAuthToken))
    for secret in (code, tokens["access_token"], tokens["refresh_token"]):
        assert secret not in stored
        assert secret[4:] not in stored


def test_a_disabled_account_has_no_apps_and_gets_them_back(app, client):
    with app.app_context():
        bob = person()
    browser = bob.client(app)
    client_id, tokens = connect(browser)
    unused = code_of(browser, client_id)
    with app.app_context():
        disable_account(ALICE, bob.user.id)

    assert not works(browser, tokens)
    assert refresh(browser, client_id, tokens["refresh_token"]).json["error"] == "invalid_grant"
    assert exchange(browser, client_id, unused).json["error"] == "invalid_grant"

    with app.app_context():
        enable_account(ALICE, bob.user.id)
    assert works(browser, tokens)


def test_a_removed_account_leaves_no_grant(app, client):
    with app.app_context():
        bob = person()
    client_id, tokens = connect(bob.client(app))
    with app.app_context():
        remove_account(ALICE, bob.user.id)
        leave_transaction()
        assert rows(OAuthGrant) == rows(OAuthToken) == []
    assert not works(client, tokens)
    assert refresh(client, client_id, tokens["refresh_token"]).json["error"] == "invalid_grant"


@pytest.mark.parametrize("way", ["everywhere", "password and tokens"])
def test_signing_out_everywhere_and_a_new_password_disconnect_apps(client, way):
    _, tokens = connect(client)
    if way == "everywhere":
        assert client.post("/account/sign-ins/end").status_code == 303
    else:
        fields = {"password": PASSWORD, "new_password": "forty-two red doors", "revoke_tokens": "yes"}
        assert client.post("/account/password", data=fields).status_code == 303
    assert not works(client, tokens)


def test_nobody_lists_or_disconnects_the_apps_of_others(app, client):
    with app.app_context():
        bob = person()
        grant_id = connected(ALICE)
    browser = bob.client(app)
    assert browser.get("/api/v1/account/apps").json["data"] == []
    assert browser.delete(f"/api/v1/account/apps/{grant_id}").status_code == 404
    assert browser.post(f"/account/apps/{grant_id}/disconnect").status_code == 404
    assert len(client.get("/api/v1/account/apps").json["data"]) == 1


def test_a_read_only_app_disconnects_none(app, client):
    with app.app_context():
        grant_id = connected(ALICE)
    headers = {"Authorization": f"Bearer mba_{grant_id}"}
    assert client.delete(f"/api/v1/account/apps/{grant_id}", headers=headers).status_code == 403


def test_the_grants_of_an_account_are_bounded(app, client):
    with app.app_context():
        for _ in range(MAX_GRANTS):
            connected(ALICE)
    connect(client)
    assert len(client.get("/api/v1/account/apps").json["data"]) == MAX_GRANTS


@pytest.mark.parametrize("path", ["/oauth/token", "/oauth/revoke"])
def test_parameters_come_in_a_form_once_and_never_in_the_address(client, path):
    client_id, tokens = connect(client)
    fields = {"grant_type": "refresh_token", "client_id": client_id, "refresh_token": tokens["refresh_token"]}
    fields |= {"token": tokens["refresh_token"]}
    query = "&".join(f"{name}={value}" for name, value in fields.items())
    assert client.post(f"{path}?{query}").status_code == 415
    assert client.post(f"{path}?{query}", data={"client_id": client_id}).status_code == 400
    assert client.post(path, json=fields).status_code == 415
    twice = client.post(path, data=f"{query}&client_id={client_id}", content_type="application/x-www-form-urlencoded")
    assert twice.json["error"] == "invalid_request"
    assert client.get(f"{path}?{query}").status_code == 405
    assert works(client, tokens)
