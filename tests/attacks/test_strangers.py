"""Who is nobody, or nobody any more, gets nowhere: every closed address, every way to look like somebody."""

from datetime import timedelta

import pytest

from tests.attacks.people import bare, change, hashed, person, rows
from tests.attacks.routes import ADMIN, CLOSED, ROUTES, WORDS, call, things_of_alice
from tests.attacks.routes import TOKEN as BY_TOKEN
from tests.support.accounts import COOKIE, SECRET, TOKEN, client_of
from webapp.http.authentication import SAFE_METHODS
from webapp.ids import utc_now
from webapp.models import ApiToken, SignIn, User
from webapp.services.accounts.sign_in_list import end_sign_in
from webapp.services.accounts.tokens import revoke_token

pytestmark = pytest.mark.one_database("Strangers are refused before any row but their own is read.")


AGO = timedelta(seconds=1)


def nobody(app):
    return client_of(app)


def with_made_up_secrets(app):
    return client_of(app, secret="x" * 43, token="mb_" + "x" * 43)


def with_secrets_that_are_swapped(app):
    """The cookie's secret as a token, and the token as a cookie."""
    return client_of(app, secret=TOKEN, token=SECRET)


def with_hashes(app):
    """What somebody has who has read the database."""
    return client_of(app, secret=hashed(SECRET), token=f"mb_{hashed(TOKEN)}")


def disabled(app):
    with app.app_context():
        bob = person("bob", is_admin=True)
        change(User, bob.user.id, disabled_at=utc_now())
    return bob.client(app)


def run_out(app):
    with app.app_context():
        bob = person("bob", is_admin=True)
        change(SignIn, bob.sign_in_id, expires_at=utc_now() - AGO)
        change(ApiToken, bob.token_id, expires_at=utc_now() - AGO)
    return bob.client(app)


def signed_out(app):
    with app.app_context():
        bob = person("bob", is_admin=True)
        end_sign_in(bob.user, bob.sign_in_id)
        revoke_token(bob.user, bob.token_id)
    return bob.client(app)


STRANGERS = (
    nobody,
    with_made_up_secrets,
    with_secrets_that_are_swapped,
    with_hashes,
    disabled,
    run_out,
    signed_out,
)


@pytest.mark.parametrize("stranger", STRANGERS)
def test_a_stranger_reads_and_changes_nothing(app, stranger):
    with app.app_context():
        things = things_of_alice()
    client = stranger(app)
    with app.app_context():
        before = rows()
    for name in CLOSED:
        refused(name, call(client, name, things))
        refused(name, call(client, name, things, headers={"HX-Request": "true", "HX-Request-Type": "partial"}))
    with app.app_context():
        assert rows() == before


def refused(name, answer):
    """Check that the answer is what a stranger gets, and that nothing of Alice's is in it."""
    assert WORDS not in answer.text + str(answer.headers)
    assert "alice" not in answer.text
    if ROUTES[name].who is BY_TOKEN:
        assert answer.status_code == 401, name
        assert answer.headers["WWW-Authenticate"].startswith("Bearer realm=")
        return
    is_page = name.startswith("GET ") and "HX-Request" not in answer.request.headers
    assert answer.status_code == (303 if is_page else 401), name
    if is_page:
        assert answer.headers["Location"].partition("?")[0] == "/sign-in"


@pytest.mark.parametrize("method", ["HEAD", "OPTIONS"])
def test_asking_only_what_there_is_needs_a_sign_in_too(app, method):
    with app.app_context():
        things = things_of_alice()
    for name in CLOSED:
        if name.startswith("GET "):
            answer = call(nobody(app), name, things, method=method)
            assert answer.status_code in {401, 303}, name


def test_a_cookie_opens_neither_door_for_programs_and_a_token_no_page(app):
    with app.app_context():
        things = things_of_alice()
        before = rows()
    for name in CLOSED:
        if ROUTES[name].who is BY_TOKEN:
            refused(name, call(bare(app), name, things, headers={"Cookie": f"{COOKIE}={SECRET}"}))
        else:
            refused(name, call(nobody(app), name, things, headers={"Authorization": f"Bearer {TOKEN}"}))
    with app.app_context():
        assert rows() == before


def test_bob_does_nothing_that_administrators_do(app):
    with app.app_context():
        things = things_of_alice()
        bob = person("bob").client(app)
        before = rows()
    for name in [name for name in CLOSED if ROUTES[name].who is ADMIN]:
        for named in (things, dict.fromkeys(things, "01890000-0000-7000-8000-000000000000")):
            answer = call(bob, name, named)
            assert answer.status_code == 403, name
            assert "administrator" in answer.text
            assert "carol" not in answer.text
    with app.app_context():
        assert rows() == before


def test_a_token_that_may_only_read_writes_nowhere(app):
    with app.app_context():
        bob = person("bob", read_only=True)
        things = things_of_alice()
        before = rows()
    client = bob.client(app)
    for name, route in ROUTES.items():
        # The export writes nothing but a line into the account's log.
        if route.who is not BY_TOKEN or name == "GET /api/v1/export":
            continue
        answer = call(client, name, things)
        if name.partition(" ")[0] in SAFE_METHODS:
            assert answer.status_code in ({403} if route.admin else {200, 404}), name
        else:
            assert answer.status_code == 403, name
            assert 'error="insufficient_scope"' in answer.headers["WWW-Authenticate"]
            assert "read-only" in answer.text
    with app.app_context():
        assert rows() == before
