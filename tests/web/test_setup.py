"""The first account: made once, with the code that only who started the server knows."""

import threading

import pytest

from tests.attacks.people import no_account, rows
from tests.support.accounts import ALICE, client_of
from tests.support.cast import chat
from tests.support.doors import sentence
from webapp.config.secret_key import setup_code
from webapp.config.settings import Settings
from webapp.state import current

GOOD = {"name": "Anna", "password": "forty-two red doors"}


@pytest.fixture
def empty(app):
    """An app that nobody has an account of; a chat was had here before there were accounts."""
    with app.app_context():
        chat(ALICE, "What is from before?", title="From before")
        no_account()
    return app


@pytest.fixture
def guest(empty):
    return client_of(empty)


@pytest.fixture
def code(empty):
    return setup_code(current(Settings, empty))


def test_before_it_every_page_leads_to_where_it_says_what_to_do(guest):
    for page in ("/", "/sessions", "/account", "/accounts"):
        answer = guest.get(page, follow_redirects=True)
        assert answer.request.path == "/sign-in"
        assert "no account yet" in answer.text
        assert "minutebook users add" in answer.text
    assert guest.get("/api/v1/sessions").status_code == 401
    assert guest.post("/sign-in", data={"name": "local", "password": ""}).status_code == 401


def test_the_address_with_the_code_makes_the_first_account_which_administers_and_owns_what_there_is(guest, code):
    page = guest.get(f"/setup?code={code}")
    assert page.status_code == 200
    assert code in page.text
    answer = guest.post("/setup", data=GOOD | {"code": code})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/sessions")
    assert "From before" in guest.get("/sessions").text
    assert guest.get("/accounts").status_code == 200
    assert guest.post("/sign-in", data=GOOD).status_code == 303


@pytest.mark.parametrize("wrong", ["", "x", "0" * 32, "é", "\0", "UPPER", None], ids=repr)
def test_without_the_code_there_is_no_account(empty, guest, code, wrong):
    given = code.upper() if wrong == "UPPER" else wrong
    query = {} if given is None else {"code": given}
    for answer in (guest.get("/setup", query_string=query), guest.post("/setup", data=GOOD | query)):
        assert answer.status_code == 403
        assert code not in answer.text
        assert "Set-Cookie" not in answer.headers
    with empty.app_context():
        assert "anna" not in str(rows()["users"])


def test_a_code_works_once(empty, guest, code):
    guest.post("/setup", data=GOOD | {"code": code})
    late = client_of(empty)
    for answer in (late.get(f"/setup?code={code}"), late.post("/setup", data=GOOD | {"name": "eve", "code": code})):
        assert answer.status_code == 409
        assert "already set up" in answer.text
        assert code not in answer.text
    with empty.app_context():
        assert "'eve'" not in str(rows()["users"])


@pytest.mark.parametrize(
    ("form", "reason"),
    [
        ({"name": ""}, "name is empty"),
        ({"name": "a b"}, "letters, digits"),
        ({"name": "x" * 41}, "too long"),
        ({"name": "a\0"}, "letters, digits"),
        ({"password": "2short"}, "too short"),
        ({"password": "y" * 201}, "too long"),
        ({"password": "anna" * 4}, "own name"),
        ({"password": "password1234"}, "too common"),
    ],
)
@pytest.mark.one_database("What is refused is refused before the database is asked.")
def test_what_cannot_be_taken_is_said_and_the_name_kept(guest, code, form, reason):
    answer = guest.post("/setup", data=GOOD | form | {"code": code})
    assert answer.status_code == 422
    assert reason in sentence(answer)
    assert f'name="code" value="{code}"' in answer.text
    assert (GOOD | form)["password"] not in answer.text
    # It can still be done.
    assert guest.post("/setup", data=GOOD | {"code": code}).status_code == 303


def test_of_two_at_once_one_makes_it(empty, code):
    start, told = threading.Barrier(2), []

    def make(name):
        start.wait()
        told.append(client_of(empty).post("/setup", data=GOOD | {"name": name, "code": code}).status_code)

    threads = [threading.Thread(target=make, args=(name,)) for name in ("anna", "ben")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(told) == [303, 409]
    with empty.app_context():
        (user,) = rows()["users"]
        assert ("'anna'" in user) != ("'ben'" in user)
        assert len(rows()["sign_ins"]) == 1
