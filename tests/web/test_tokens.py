"""Tokens on the account's page: made, shown once, revoked."""

import re

import pytest

from tests.attacks.people import rows
from tests.support.accounts import ALICE, PASSWORD, client_of
from tests.support.doors import sentence
from webapp.services.accounts.tokens import MAX_TOKENS, create_token

pytestmark = pytest.mark.one_database("The services are tested on both databases; here it is about the page.")


def make(client, **form):
    """Create token as the page does, and return what it shows, and the secret."""
    page = client.post("/account/tokens", data={"token_name": "backup", **form})
    assert page.status_code == 200, sentence(page)
    (secret,) = re.findall(r'value="(mb_[^"]*)"', page.text)
    return page, secret


def works(app, secret):
    return client_of(app, token=secret).get("/api/v1/sessions").status_code == 200


def test_a_token_is_shown_once_and_kept_by_no_cache_and_no_database(app, client):
    page, secret = make(client)
    assert page.headers["Cache-Control"] == "no-store"
    assert works(app, secret)
    assert secret not in client.get("/account").text
    assert secret[:8] in client.get("/account").text
    with app.app_context():
        assert secret not in str(rows())


def test_tokens_are_long_and_never_the_same(client):
    secrets = {make(client)[1] for _ in range(5)}
    assert len(secrets) == 5
    assert all(len(secret) >= 46 for secret in secrets)


def test_a_revoked_token_opens_nothing_from_that_moment_on(app, client):
    page, secret = make(client)
    address = re.search(r'action="(/account/tokens/[^"]*/revoke)"[^>]*>\s*<button[^>]*"Revoke backup"', page.text)[1]
    assert works(app, secret)
    answer = client.post(address)
    assert answer.headers["Location"].startswith("/account?done=token")
    assert not works(app, secret)
    assert client.post(address).status_code == 404


def test_a_token_outlives_a_new_password_and_signing_out_everywhere(app, client):
    secret = make(client)[1]
    client.post("/account/password", data={"password": PASSWORD, "new_password": "forty-two red doors"})
    client.post("/account/sign-ins/end")
    assert works(app, secret)


def test_a_token_may_be_for_reading_only_and_for_some_days(app, client):
    page, secret = make(client, read_only="yes", days="30")
    assert "reads only" in page.text
    assert "expires" in page.text
    reader = client_of(app, token=secret)
    assert reader.get("/api/v1/sessions").status_code == 200
    assert reader.post("/api/v1/sessions", json={}).status_code == 403


@pytest.mark.parametrize(
    "form",
    [
        {"token_name": ""},
        {"token_name": " \t "},
        {"token_name": "x" * 81},
        {"token_name": "a\0b"},
        {"days": "0"},
        {"days": "-1"},
        {"days": "3661"},
        {"days": "999999999"},
        {"days": "9" * 30},
        {"days": "1.5"},
        {"days": "soon"},
    ],
    ids=str,
)
def test_what_cannot_be_taken_is_said_and_the_form_kept(client, form):
    answer = client.post("/account/tokens", data={"token_name": "backup", "read_only": "yes"} | form)
    assert answer.status_code == 422
    assert sentence(answer).endswith(".")
    assert "mb_" not in answer.text.replace("mb_…", "").replace("mb_the-s…", "")
    assert re.search(r'name="read_only"[^>]* checked', answer.text)


def test_there_are_no_more_than_anybody_needs(app, client):
    with app.app_context():
        for n in range(MAX_TOKENS - 1):
            create_token(ALICE, f"number {n}")
    answer = client.post("/account/tokens", data={"token_name": "one more"})
    assert answer.status_code == 409
    assert "Revoke a token" in sentence(answer)


def test_a_name_is_no_markup(client):
    page = make(client, token_name="<b>bold</b>\"'")[0].text + client.get("/account/trail").text
    assert "<b>bold" not in page
    assert page.count("&lt;b&gt;bold") >= 3


def test_a_token_leads_to_nothing_of_the_account(app, client):
    """Whoever holds one cannot make another, change the password, or see where Alice is signed in."""
    program = client_of(app, token=make(client)[1])
    for address in ("/account", "/account/trail", "/accounts"):
        assert program.get(address).status_code == 303
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        for address in ("/api/v1/account", "/api/v1/account/tokens", "/api/v1/account/password", "/api/v1/accounts"):
            assert program.open(address, method=method, json={}).status_code in {404, 405}
