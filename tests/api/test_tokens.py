"""Who asks the API: a token in `Authorization`, in whatever form it comes."""

import pytest

from tests.attacks.people import bare, change, person
from tests.support.accounts import ALICE, COOKIE, SECRET, TOKEN
from tests.support.doors import PROBLEM, make_session, problem
from webapp.ids import utc_now
from webapp.models import ApiToken
from webapp.services.accounts.tokens import create_token, revoke_token

pytestmark = pytest.mark.one_database("Who may ask is read from the same rows on both databases.")


ADDRESS = "/api/v1/sessions"


def ask(app, authorization=None, **more):
    headers = {} if authorization is None else {"Authorization": authorization.encode().decode("latin-1")}
    return bare(app).get(ADDRESS, headers=headers | more.pop("headers", {}), **more)


def refused(answer, *, is_known_to_be_wrong=False):
    """Check that the answer is the one for nobody (RFC 6750, section 3)."""
    told = problem(answer, 401, "sign-in-needed")
    challenge = answer.headers["WWW-Authenticate"]
    assert challenge.startswith('Bearer realm="Minutebook"')
    assert ("invalid_token" in challenge) == is_known_to_be_wrong
    assert told["detail"].endswith(".")
    return told


@pytest.mark.parametrize("form", [f"Bearer {TOKEN}", f"bearer {TOKEN}", f"BEARER  {TOKEN}", f"Bearer {TOKEN} "])
def test_the_scheme_is_written_as_one_likes(app, form):
    assert ask(app, form).status_code == 200


@pytest.mark.parametrize(
    "form",
    [
        None,
        "",
        "Bearer",
        "Bearer ",
        "Bearer\t",
        f"Basic {TOKEN}",
        "Basic YWxpY2U6dGhpcnR5LW9uZSBncmVlbiBib3R0bGVz",
        f"Token {TOKEN}",
        TOKEN,
        f"Bearer{TOKEN}",
        f"Bearer: {TOKEN}",
        f"Béarer {TOKEN}",
    ],
)
def test_what_is_no_token_is_told_how_to_send_one(app, form):
    assert "Authorization: Bearer" in refused(ask(app, form))["detail"]


@pytest.mark.parametrize(
    "token",
    [
        "x",
        "mb_",
        TOKEN[3:],
        TOKEN.upper(),
        TOKEN + "x",
        TOKEN[:-1],
        f"{TOKEN}, {TOKEN}",
        f'"{TOKEN}"',
        f"{TOKEN} {TOKEN}",
        "mb_é漢字🔑",
        "mb_\x7f\x01",
        "mb_' OR '1'='1",
        "mb_" + "x" * 10_000,
        SECRET,
        f"mb_{SECRET}",
    ],
    ids=lambda token: ascii(token[:30]),
)
def test_a_token_that_is_none_opens_nothing_and_is_not_repeated(app, token):
    answer = ask(app, f"Bearer {token}")
    refused(answer, is_known_to_be_wrong=True)
    assert len(token) < 4 or token not in answer.text + str(answer.headers)


def test_two_headers_are_no_token(app):
    environ = {"HTTP_AUTHORIZATION": f"Bearer {TOKEN},Bearer {TOKEN}"}
    refused(bare(app).get(ADDRESS, environ_overrides=environ), is_known_to_be_wrong=True)


@pytest.mark.parametrize("place", ["access_token", "token", "api_key", "key"])
def test_a_token_in_an_address_is_none(app, place):
    """Addresses are written into logs and handed on."""
    refused(bare(app).get(f"{ADDRESS}?{place}={TOKEN}"))


@pytest.mark.parametrize("name", [COOKIE, f"__Host-{COOKIE}", "token", "Authorization"])
def test_a_cookie_opens_no_api(app, name):
    for value in (SECRET, TOKEN):
        refused(ask(app, headers={"Cookie": f"{name}={value}"}))
        refused(ask(app, headers={"Cookie": f"{name}={value}"}, base_url="https://localhost"))


def test_a_token_beside_a_cookie_of_somebody_else_acts_for_its_own(app):
    with app.app_context():
        bob = person("bob")
    answer = bare(app).get(
        "/api/v1/account", headers={"Authorization": f"Bearer {bob.token}", "Cookie": f"{COOKIE}={SECRET}"}
    )
    assert answer.json["name"] == "bob"


def test_a_token_works_until_its_last_moment_or_until_it_is_revoked(app):
    with app.app_context():
        secret, token = create_token(ALICE, "for a while")
    assert ask(app, f"Bearer {secret}").status_code == 200
    with app.app_context():
        change(ApiToken, token.id, expires_at=utc_now())
    refused(ask(app, f"Bearer {secret}"), is_known_to_be_wrong=True)
    with app.app_context():
        change(ApiToken, token.id, expires_at=None)
    assert ask(app, f"Bearer {secret}").status_code == 200
    with app.app_context():
        revoke_token(ALICE, token.id)
    refused(ask(app, f"Bearer {secret}"), is_known_to_be_wrong=True)


def test_whether_a_token_was_revoked_ran_out_or_never_was_is_not_told(app):
    with app.app_context():
        (gone, first), (late, second) = (create_token(ALICE, name) for name in ("gone", "late"))
        revoke_token(ALICE, first.id)
        change(ApiToken, second.id, expires_at=utc_now())
    told = [refused(ask(app, f"Bearer {token}"), is_known_to_be_wrong=True) for token in (gone, late, "mb_never-was")]
    assert len({tuple((name, value) for name, value in one.items() if name != "request_id") for one in told}) == 1


def test_a_token_that_only_reads_says_so(app, client):
    with app.app_context():
        reader = {"Authorization": f"Bearer {create_token(ALICE, 'reader', read_only=True)[0]}"}
    session = make_session(client, title="hers")
    before = client.get(session["url"]).json
    assert bare(app).get(session["url"], headers=reader).json["title"] == "hers"
    assert bare(app).head(session["url"], headers=reader).status_code == 200
    for method in ("PATCH", "DELETE"):
        answer = bare(app).open(session["url"], method=method, json={"title": "b"}, headers=reader)
        problem(answer, 403, "read-only")
        assert 'error="insufficient_scope"' in answer.headers["WWW-Authenticate"]
    assert client.get(session["url"]).json == before


def test_nobody_is_told_what_is_wrong_with_a_body(app):
    """Who asks is known before anything is read."""
    answer = bare(app).post(ADDRESS, data=b"{" * 2_000_000, content_type="application/json")
    assert answer.content_type == PROBLEM
    refused(answer)
