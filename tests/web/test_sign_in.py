"""Signing in and out: who gets in, what the browser is given, and what is left of it afterwards."""

import re

import pytest

from tests.attacks.people import bare, change, person, rows
from tests.support.accounts import COOKIE, PASSWORD, RIGHT, SECRET, client_of
from tests.support.cast import statements
from tests.support.doors import sentence
from webapp.database.transaction import leave_transaction
from webapp.ids import utc_now
from webapp.models import User
from webapp.services.accounts import passwords

pytestmark = pytest.mark.one_database("The services are tested on both databases; here it is about the page.")


def cookie_of(answer):
    """Return the name, the value and the attributes of the cookie that is set."""
    (line,) = [line for line in answer.headers.getlist("Set-Cookie") if COOKIE in line]
    (name, value), *attributes = (part.strip().partition("=")[::2] for part in line.split(";"))
    return name, value, dict(attributes)


def test_the_right_name_and_password_open_the_book(guest):
    answer = guest.post("/sign-in", data=RIGHT)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/sessions")
    assert guest.get("/sessions").status_code == 200
    assert "alice" in guest.get("/account").text


@pytest.mark.parametrize("name", ["ALICE", " Alice ", "ａｌｉｃｅ"])
def test_the_name_may_be_typed_as_it_comes(guest, name):
    assert guest.post("/sign-in", data=RIGHT | {"name": name}).status_code == 303


def test_whoever_is_refused_does_not_learn_why(app, guest, monkeypatch):
    """The same words, the same status, the same work: one comparison and the same statements."""
    with app.app_context():
        gone = person("gone").user
        change(User, gone.id, disabled_at=utc_now())
        person("waiting", has_password=False)
    compared = []
    monkeypatch.setattr(passwords._hasher.__class__, "verify", counting(compared, passwords._hasher.__class__.verify))
    told = []
    for name, password in (
        *((name, PASSWORD) for name in ("nobody", "gone", "waiting")),
        ("alice", "wrong"),
        ("gone", "wrong"),
    ):
        del compared[:]
        with app.app_context():
            leave_transaction()
            with statements() as sent:
                answer = guest.post("/sign-in", data={"name": name, "password": password})
        assert len(compared) == 1, name
        assert "Set-Cookie" not in answer.headers
        headers = {key: value for key, value in answer.headers if key not in {"Date", "X-Request-ID", "Content-Length"}}
        work = [statement.sql.partition("WHERE")[0] for statement in sent]
        told.append((answer.status_code, headers, answer.text.replace(f'value="{name}"', ""), work))
    assert told[0][0] == 401
    assert "The name or the password is wrong." in told[0][2]
    for other in told[1:]:
        assert other == told[0]


def counting(calls, function):
    def count(*args):
        calls.append(args)
        return function(*args)

    return count


@pytest.mark.parametrize("form", [{}, {"name": "alice"}, {"password": PASSWORD}, {"name": "", "password": ""}])
def test_half_a_form_opens_nothing(guest, form):
    answer = guest.post("/sign-in", data=form)
    assert answer.status_code == 401
    assert sentence(answer) == "The name or the password is wrong."


def test_the_form_comes_back_with_all_but_the_password(guest):
    form = {"name": 'al"ice<b>', "password": "wrong-and-secret", "remember": "yes", "next": "/search?q=a%26b"}
    page = guest.post("/sign-in", data=form).text
    assert "wrong-and-secret" not in page
    assert 'value="al&#34;ice&lt;b&gt;"' in page
    assert 'value="/search?q=a%26b"' in page
    assert re.search(r'name="remember"[^>]* checked', page)


def test_the_cookie_is_for_this_site_and_for_no_script_until_the_browser_is_closed(guest):
    name, value, attributes = cookie_of(guest.post("/sign-in", data=RIGHT))
    assert name == COOKIE
    assert len(value) >= 43
    assert attributes == {"HttpOnly": "", "SameSite": "Lax", "Path": "/"}


def test_a_browser_that_is_to_be_remembered_is_for_thirty_days(guest):
    attributes = cookie_of(guest.post("/sign-in", data=RIGHT | {"remember": "yes"}))[2]
    assert attributes["Max-Age"] == str(30 * 86_400)


def test_behind_tls_the_cookie_is_one_that_only_this_host_can_set_and_that_goes_nowhere_unencrypted(app):
    guest = client_of(app)
    answer = guest.post("/sign-in", data=RIGHT, base_url="https://localhost")
    name, value, attributes = cookie_of(answer)
    assert name == "__Host-minutebook"
    assert attributes == {"HttpOnly": "", "SameSite": "Lax", "Path": "/", "Secure": ""}
    assert guest.get("/sessions", base_url="https://localhost").status_code == 200
    # A cookie of the name that others could set is none here, and the other way round.
    for sent, base in ((f"{COOKIE}={value}", "https://localhost"), (f"{name}={value}", "http://localhost")):
        answer = bare(app).get("/sessions", base_url=base, headers={"Cookie": sent})
        assert answer.status_code == 303
    sent = {"Cookie": f"{name}={value}"}
    assert bare(app).get("/sessions", base_url="https://localhost", headers=sent).status_code == 200


def test_a_cookie_that_was_planted_before_is_not_the_one_used_afterwards(app, guest):
    guest.set_cookie(COOKIE, "planted-by-somebody-else")
    answer = guest.post("/sign-in", data=RIGHT)
    assert cookie_of(answer)[1] != "planted-by-somebody-else"
    assert client_of(app, secret="planted-by-somebody-else").get("/sessions").status_code == 303


def test_signing_in_again_gives_another_secret_and_ends_the_one_before(app, guest):
    first = cookie_of(guest.post("/sign-in", data=RIGHT))[1]
    second = cookie_of(guest.post("/sign-in", data=RIGHT))[1]
    assert first != second
    assert client_of(app, secret=first).get("/sessions").status_code == 303
    assert client_of(app, secret=second).get("/sessions").status_code == 200
    # Her other browser is not meant.
    assert client_of(app, secret=SECRET).get("/sessions").status_code == 200


def test_a_wrong_password_signs_nobody_out(guest):
    guest.post("/sign-in", data=RIGHT)
    assert guest.post("/sign-in", data=RIGHT | {"password": "wrong"}).status_code == 401
    assert guest.get("/sessions").status_code == 200


def test_the_database_holds_no_secret(app, guest):
    secret = cookie_of(guest.post("/sign-in", data=RIGHT))[1]
    with app.app_context():
        assert secret not in str(rows())


def test_signing_out_ends_it_here_and_for_whoever_holds_a_copy(app, guest):
    secret = cookie_of(guest.post("/sign-in", data=RIGHT))[1]
    answer = guest.post("/sign-out")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/sign-in")
    assert answer.headers["Clear-Site-Data"] == '"cache"'
    name, value, attributes = cookie_of(answer)
    assert (name, value, attributes["Max-Age"], attributes["Path"]) == (COOKIE, "", "0", "/")
    assert client_of(app, secret=secret).get("/sessions").status_code == 303
    assert client_of(app, secret=SECRET).get("/sessions").status_code == 200


def test_signing_out_twice_is_no_mistake(guest):
    assert guest.post("/sign-out").status_code == guest.post("/sign-out").status_code == 303


def test_no_link_signs_anybody_out(client):
    assert client.get("/sign-out").status_code == 405
    assert client.get("/sessions").status_code == 200


@pytest.mark.parametrize("cookie", ["", "x", "a=b", '"', "é", "\x7f", "a" * 8000, "%00", "\\000"])
def test_a_cookie_of_rubbish_is_nobodys(app, cookie):
    assert bare(app).get("/sessions", headers={"Cookie": f"{COOKIE}={cookie}"}).status_code == 303
