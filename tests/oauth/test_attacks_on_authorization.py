"""Attacks on the authorization endpoint (RFC 9700): nobody is sent anywhere that the client did not register."""

import re
from datetime import timedelta
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from sqlalchemy import delete

from tests.attacks.people import person
from tests.support.accounts import ALICE, RIGHT, SIGN_IN_ID, client_of
from tests.support.oauth import (
    CALLBACK,
    PUBLIC,
    answer,
    bearer,
    challenge_of,
    connect,
    exchange,
    page_of,
    register,
    request_of,
    returned,
)
from tests.support.people import alter, rows
from webapp.database.transaction import writing
from webapp.ids import utc_now
from webapp.models import OAuthClient, OAuthGrant, SignIn, table_of

TAMPERED = [
    "https://evil.example/api/mcp/auth_callback",
    "https://claude.ai.evil.example/api/mcp/auth_callback",
    "https://claude.ai@evil.example/api/mcp/auth_callback",
    "https://claude.ai:444/api/mcp/auth_callback",
    "https://claude.ai/api/mcp/auth_callback/",
    "https://claude.ai/api/mcp/auth_callback?next=https://evil.example",
    "https://claude.ai/api/mcp/auth_callback#",
    "https://claude.ai/api/mcp/../auth_callback",
    "https://claude.ai/api/mcp/auth%5fcallback",
    "https://CLAUDE.ai/api/mcp/auth_callback",
    "http://claude.ai/api/mcp/auth_callback",
    "//claude.ai/api/mcp/auth_callback",
    "/api/mcp/auth_callback",
    "https://claude.ai/api/mcp/auth_callback\r\nX: y",
    "https://claude.ai/api/mcp/auth_callback\0",
    "https://claude.ai/api/mcp/auth_callback ",
    "javascript:alert(1)",
    "",
]


def grants(app):
    with app.app_context():
        return rows(OAuthGrant)


@pytest.mark.parametrize("uri", TAMPERED)
def test_a_redirect_uri_that_differs_leads_nowhere(app, client, uri):
    client_id = register(client)
    parameters = request_of(client_id, redirect_uri=uri)

    page = page_of(client, parameters)
    posted = client.post("/authorize", data={**parameters, "user": ALICE.id, "answer": "allow"})

    for refused in (page, posted):
        assert refused.status_code == 400
        assert "Location" not in refused.headers
        assert "evil.example" not in refused.text
    assert grants(app) == []


@pytest.mark.parametrize("name", ["redirect_uri", "client_id"])
def test_a_parameter_of_the_client_that_is_there_twice_leads_nowhere(client, name):
    parameters = request_of(register(client))
    twice = f"{urlencode(parameters)}&{urlencode({name: 'https://evil.example/'})}"
    assert client.get(f"/authorize?{twice}").status_code == 400
    first = f"{urlencode({name: 'https://evil.example/'})}&{urlencode(parameters)}"
    assert client.get(f"/authorize?{first}").status_code == 400


@pytest.mark.parametrize(
    "client_id", ["", "mbc_unknown", "mbc_\0", "x" * 5_000, "https://evil.example/client.json", "'"]
)
def test_an_unknown_client_leads_nowhere(client, client_id):
    refused = page_of(client, request_of(client_id))
    assert refused.status_code == 400
    assert "claude.ai" not in refused.text


#: What is wrong with a request is told to its client only after a click: the app is no open redirector.
WRONG = [
    ("response_type", "token", "unsupported_response_type"),
    ("response_type", None, "unsupported_response_type"),
    ("response_type", 'co"de\\', "unsupported_response_type"),
    ("code_challenge", None, "invalid_request"),
    ("code_challenge", "short", "invalid_request"),
    ("code_challenge", "=" * 43, "invalid_request"),
    ("code_challenge_method", "plain", "invalid_request"),
    ("code_challenge_method", None, "invalid_request"),
    ("scope", "admin", "invalid_scope"),
    ("resource", "https://evil.example/mcp", "invalid_target"),
    ("resource", f"{PUBLIC}/sessions", "invalid_target"),
    ("resource", "/", "invalid_target"),
    ("resource", "//", "invalid_target"),
    ("resource", f"{PUBLIC}/mcp//", "invalid_target"),
    ("resource", f"{PUBLIC}.evil.example/mcp", "invalid_target"),
]


@pytest.mark.parametrize(("name", "value", "error"), WRONG)
def test_a_wrong_request_gets_no_code_and_redirects_nobody_by_itself(app, client, name, value, error):
    parameters = request_of(register(client), **{name: value})

    page = page_of(client, parameters)

    assert page.status_code == 400
    assert "Location" not in page.headers
    back = re.search(r'href="(https://claude\.ai/[^"]*)"', page.text)[1].replace("&amp;", "&")
    told = {name: values[0] for name, values in parse_qs(urlsplit(back).query).items()}
    assert (told["error"], told["state"], told["iss"]) == (error, "s-1", PUBLIC)
    posted = client.post("/authorize", data={**parameters, "user": ALICE.id, "answer": "allow"})
    assert "code" not in returned(posted)
    assert grants(app) == []


def test_a_request_without_a_state_gets_none_back(client):
    back = returned(answer(client, request_of(register(client), state=None)))
    assert back.keys() == {"code", "iss"}


def test_the_page_names_who_asks_where_it_leads_and_what_for(client):
    client_id = register(client, client_name="Claude\u202e <b>\n\n" + "x" * 200)
    page = page_of(client, request_of(client_id))

    assert "\u202e" not in page.text
    assert "Claude &lt;b&gt; xxx" in page.text
    assert "x" * 100 not in page.text
    assert "claude.ai" in page.text
    assert 'name="may_write"' in page.text
    assert "checked" not in page.text


def test_no_other_page_may_show_the_page_in_a_frame_and_its_form_leads_to_the_client_alone(client):
    page = page_of(client, request_of(register(client)))
    policy = page.headers["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in policy
    assert "form-action 'self' https://claude.ai;" in policy
    assert page.headers["X-Frame-Options"] == "DENY"
    assert page.headers["Referrer-Policy"] == "same-origin"
    assert page.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Origin": "https://claude.ai"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "null"},
    ],
)
def test_a_page_of_another_site_allows_nothing(app, client, headers):
    parameters = request_of(register(client))
    forged = {**parameters, "user": ALICE.id, "answer": "allow", "may_write": "yes"}
    assert client.post("/authorize", data=forged, headers=headers).status_code == 403
    assert grants(app) == []


def test_a_page_alone_allows_nothing_however_often_the_app_was_allowed_before(app, client):
    client_id = register(client)
    returned(answer(client, request_of(client_id)))
    for more in ({}, {"answer": "allow"}, {"prompt": "none"}):
        assert page_of(client, request_of(client_id) | more).status_code == 200
    assert len(grants(app)) == 1


def test_whoever_signed_in_meanwhile_allows_nothing_by_the_page_of_another(app, client):
    with app.app_context():
        bob = person()
    parameters = request_of(register(client))
    sent = {**parameters, "user": ALICE.id, "answer": "allow"}
    assert bob.client(app).post("/authorize", data=sent).status_code == 409
    assert grants(app) == []


def test_nobody_sees_the_page_without_signing_in_and_it_comes_back_whole(app, client):
    parameters = request_of(register(client), state="a&b=c#d")
    signed_out = page_of(client_of(app), parameters)
    assert signed_out.status_code == 303
    where = urlsplit(signed_out.headers["Location"])
    assert where.path == "/sign-in"
    following = parse_qs(where.query)["next"][0]
    assert dict(parse_qs(urlsplit(following).query))["state"] == ["a&b=c#d"]
    assert client.get(following).status_code == 200


def test_a_password_of_long_ago_is_asked_for_again(app, client):
    parameters = request_of(register(client))
    page = page_of(client, parameters)
    with app.app_context():
        alter(SignIn, SIGN_IN_ID, confirmed_at=utc_now() - timedelta(minutes=11))

    again = page_of(client, parameters)
    posted = client.post("/authorize", data={**parameters, "user": ALICE.id, "answer": "allow"})

    assert page.status_code == 200
    for asked in (again, posted):
        assert asked.status_code == 303
        assert urlsplit(asked.headers["Location"]).path == "/account/confirmation"
        following = parse_qs(urlsplit(asked.headers["Location"]).query)["next"][0]
        assert dict(parse_qs(urlsplit(following).query))["client_id"] == [parameters["client_id"]]
    assert grants(app) == []


def test_a_program_on_this_computer_may_have_another_port_and_nothing_else(client):
    client_id = register(client, "http://127.0.0.1:1234/callback?a=b")
    good = request_of(client_id, redirect_uri="http://127.0.0.1:50000/callback?a=b")
    page = page_of(client, good)
    assert page.status_code == 200
    assert "a program on this computer" in page.text
    assert returned(answer(client, good))["code"]
    for uri in (
        "http://127.0.0.1:50000/other?a=b",
        "http://localhost:50000/callback?a=b",
        "http://127.0.0.2:50000/callback?a=b",
        "http://127.0.0.1.evil.example:50000/callback?a=b",
        "https://127.0.0.1:50000/callback?a=b",
        "http://127.0.0.1:50000/callback",
    ):
        assert page_of(client, request_of(client_id, redirect_uri=uri)).status_code == 400


def test_the_code_and_the_tokens_are_in_no_log(client, caplog):
    caplog.set_level("DEBUG")
    client_id = register(client)
    code = returned(answer(client, request_of(client_id, state="a-secret-state")))["code"]
    tokens = exchange(client, client_id, code).json
    client.get("/api/v1/account", headers=bearer(tokens))
    exchange(client, client_id, code)
    connect(client)

    for secret in (code, tokens["access_token"], tokens["refresh_token"], "a-secret-state", challenge_of(), CALLBACK):
        assert secret not in caplog.text


def test_an_answer_to_the_client_is_a_303(client):
    response = answer(client, request_of(register(client)))
    assert response.status_code == 303
    assert "no-store" in response.headers["Cache-Control"]


@pytest.mark.one_database("Calls are counted outside of the database.")
def test_calls_of_the_page_are_bounded(client):
    for _ in range(60):
        assert page_of(client, {"client_id": "https://client.example/client.json"}).status_code == 400
    assert page_of(client, request_of(register(client))).status_code == 429


def test_an_app_that_was_forgotten_while_its_user_thought_gets_nothing(app, client):
    parameters = request_of(register(client))
    page = page_of(client, parameters)
    assert page.status_code == 200
    with app.app_context():
        for row in rows(OAuthClient):
            with writing() as connection:
                connection.execute(delete(table_of(OAuthClient)).where(table_of(OAuthClient).c.id == row.id))
    posted = client.post("/authorize", data={**parameters, "user": ALICE.id, "answer": "allow"})
    assert posted.status_code == 400
    assert grants(app) == []


def test_a_form_that_waits_for_a_sign_in_asks_again_and_takes_no_password_to_the_client(app, client):
    parameters = request_of(register(client))
    browser = client_of(app)
    waiting = browser.post("/authorize", data={**parameters, "user": ALICE.id, "answer": "allow"})
    assert waiting.status_code == 401
    assert "Sign in" in waiting.text
    fields = {**parameters, "user": ALICE.id, "answer": "allow", "then": "/authorize", **RIGHT}
    signed_in = browser.post("/sign-in", data=fields)
    assert signed_in.status_code == 307

    repeated = browser.post(signed_in.location, data=fields)

    assert repeated.status_code == 303
    assert urlsplit(repeated.location).path == "/authorize"
    assert "password" not in repeated.location
    assert browser.get(repeated.location).status_code == 200
    assert grants(app) == []
