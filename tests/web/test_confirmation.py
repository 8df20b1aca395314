"""What can harm an account asks for the password again, and then goes on with what was asked for."""

from datetime import timedelta

import pytest

from tests.attacks.people import another_browser, change, person, rows
from tests.attacks.routes import FRESH, call, things_of_alice
from tests.support.accounts import ALICE, COOKIE, PASSWORD, SECRET, SIGN_IN_ID, client_of
from tests.support.doors import sentence
from tests.support.hidden_fields import fields
from webapp.ids import utc_now
from webapp.models import SignIn
from webapp.services.accounts.sign_ins import FRESH as MINUTES

pytestmark = pytest.mark.one_database("The services are tested on both databases; here it is about the page.")


@pytest.fixture
def tab(app):
    """Alice's browser, in which the password was given longer ago than counts."""
    with app.app_context():
        change(SignIn, SIGN_IN_ID, confirmed_at=utc_now() - MINUTES - timedelta(seconds=1))
    return app.test_client()


def submit(tab, page, password=PASSWORD):
    """Send the form, and whatever it is answered with, as a browser does: 307 sends the same again."""
    data = fields(page)
    data["confirm_password"] = password
    answer = tab.post("/account/confirmation", data=data)
    if answer.status_code == 307:
        answer = tab.post(answer.headers["Location"], data=data)
    return answer


@pytest.mark.parametrize("name", FRESH)
def test_nothing_happens_before_the_password_is_given_and_then_it_does(app, tab, name):
    with app.app_context():
        things = things_of_alice()
        before = rows()
    page = call(tab, name, things)
    assert page.status_code == 401
    assert "Confirm your password" in page.text
    assert page.headers["WWW-Authenticate"].endswith('error="insufficient_user_authentication", max_age=600')
    with app.app_context():
        assert rows() == before
    answer = submit(tab, page)
    assert answer.status_code in {200, 303}, sentence(answer)
    with app.app_context():
        after = rows()
    assert {table for table in before if before[table] != after[table]} - {"sign_ins", "audit_events"} or (
        len(after["sign_ins"]) < len(before["sign_ins"]) or name.endswith("/enable")
    )


def test_what_was_typed_arrives_to_the_letter(tab):
    typed = {"token_name": "Ann's “backup” & more <b>", "days": "30", "read_only": "yes"}
    page = tab.post("/account/tokens", data=typed)
    assert "<b>" not in page.text
    for wrong in ("", "a mere guess", f"{PASSWORD} "):
        page = submit(tab, page, wrong)
        assert page.status_code == 401
        assert "password is wrong" in sentence(page)
        assert {name: fields(page)[name] for name in typed} == typed
        assert wrong not in page.text or not wrong.strip()
    made = submit(tab, page)
    assert made.status_code == 200
    assert "Ann&#39;s “backup” &amp; more &lt;b&gt;" in made.text
    assert "reads only" in made.text
    assert PASSWORD not in made.text


def test_it_is_asked_once_in_ten_minutes_and_of_this_browser_alone(app, tab):
    with app.app_context():
        another_browser(ALICE, "her phone")
        change(SignIn, SIGN_IN_ID, confirmed_at=None)
    assert submit(tab, tab.post("/account/tokens", data={"token_name": "one"})).status_code == 200
    assert tab.post("/account/tokens", data={"token_name": "two"}).status_code == 200
    assert tab.post("/accounts/invitations").status_code == 200
    with app.app_context():
        (hers,) = {row.split("'")[1] for row in rows()["sign_ins"] if "another browser" in row}
        change(SignIn, hers, confirmed_at=utc_now() - timedelta(minutes=9))
    phone = client_of(app, secret="her phone")
    assert phone.post("/account/tokens", data={"token_name": "three"}).status_code == 200
    with app.app_context():
        change(SignIn, hers, confirmed_at=utc_now() - timedelta(minutes=11))
    assert phone.post("/account/tokens", data={"token_name": "four"}).status_code == 401


def test_the_cookie_from_before_opens_nothing_any_more(app, tab):
    submit(tab, tab.post("/account/tokens", data={"token_name": "one"}))
    fresh = tab.get_cookie(COOKIE)
    assert fresh.value != SECRET
    assert client_of(app, secret=SECRET).get("/sessions").status_code == 303
    assert client_of(app, secret=fresh.value).get("/sessions").status_code == 200


def test_signing_in_and_a_new_password_count_as_giving_it(app, tab):
    guest = client_of(app)
    guest.post("/sign-in", data={"name": "alice", "password": PASSWORD})
    assert guest.post("/account/tokens", data={"token_name": "one"}).status_code == 200
    tab.post("/account/password", data={"password": PASSWORD, "new_password": "forty-two red doors"})
    assert tab.post("/account/tokens", data={"token_name": "two"}).status_code == 200


def test_guessing_there_is_guessing(tab):
    page = tab.post("/account/tokens", data={"token_name": "mine"})
    statuses = []
    for n in range(12):
        page = submit(tab, page, f"guess {n}")
        statuses.append(page.status_code)
    assert statuses == [401] * 10 + [429] * 2
    assert fields(page)["token_name"] == "mine"
    assert "wait" in sentence(page)
    # It is one count with that of the sign-in page.
    assert client_of(tab.application).post("/sign-in", data={"name": "alice", "password": PASSWORD}).status_code == 429
    assert "Sign-in with a wrong password" in tab.get("/account/trail").text


def test_being_asked_is_no_attempt(tab):
    for _ in range(40):
        assert tab.post("/account/tokens", data={"token_name": "a"}).status_code == 401
    assert submit(tab, tab.post("/account/tokens", data={"token_name": "a"})).status_code == 200


def test_the_password_of_another_account_opens_nothing(app, tab):
    with app.app_context():
        bob = person("bob")
        change(SignIn, bob.sign_in_id, confirmed_at=None)
    browser = bob.client(app)
    browser.post("/account/password", data={"password": PASSWORD, "new_password": "forty-two red doors"})
    with app.app_context():
        change(SignIn, bob.sign_in_id, confirmed_at=None)
    page = browser.post("/account/tokens", data={"token_name": "a"})
    assert submit(browser, page, PASSWORD).status_code == 401
    assert submit(browser, page, "forty-two red doors").status_code == 200


@pytest.mark.parametrize("then", ["https://evil.example/", "//evil.example", "/nothing", "/sign-out", "/account", ""])
def test_it_leads_nowhere_else(tab, then):
    data = {"confirm_password": PASSWORD, "confirm_then": then, "confirm_next": "https://evil.example/"}
    answer = tab.post("/account/confirmation", data=data)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/sessions")


def test_a_page_of_its_own_leads_back(tab):
    page = tab.get("/account/confirmation?next=/accounts")
    assert page.status_code == 200
    assert submit(tab, page).headers["Location"] == "/accounts"
    assert tab.get("/account/confirmation?next=//evil.example").status_code == 200


def test_htmx_is_told_in_a_part_with_a_link(tab):
    part = tab.post("/account/tokens", data={"token_name": "a"}, headers={"HX-Request-Type": "partial"})
    assert part.status_code == 401
    assert "<html" not in part.text
    assert 'href="/account/confirmation"' in part.text


def test_who_is_signed_out_meanwhile_signs_in_and_goes_on(app, tab):
    page = tab.post("/account/tokens", data={"token_name": "mine"})
    with app.app_context():
        change(SignIn, SIGN_IN_ID, expires_at=utc_now())
    data = fields(page) | {"confirm_password": PASSWORD}
    answer = tab.post("/account/confirmation", data=data)
    assert answer.status_code == 401
    assert "Sign in" in answer.text
    assert PASSWORD not in answer.text
    data = fields(answer) | {"name": "alice", "password": PASSWORD}
    answer = tab.post("/sign-in", data=data)
    assert (answer.status_code, answer.headers["Location"]) == (307, "/account/tokens")
    assert tab.post("/account/tokens", data=data).status_code == 200
    assert "mine" in tab.get("/account").text


def test_nobody_else_is_asked(app):
    guest = client_of(app)
    assert guest.get("/account/confirmation").status_code == 303
    assert guest.post("/account/confirmation", data={"confirm_password": PASSWORD}).status_code == 401
    guest.set_cookie(COOKIE, SECRET)
    foreign = {"Sec-Fetch-Site": "cross-site"}
    form = {"confirm_password": PASSWORD}
    assert guest.post("/account/confirmation", data=form, headers=foreign).status_code == 403
