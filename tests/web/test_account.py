"""The account's own page: the password, where it is signed in, and what was done with it."""

import re

import pytest

from tests.attacks.people import another_browser, person
from tests.support.accounts import ALICE, COOKIE, PASSWORD, SECRET, SIGN_IN_ID, TOKEN, client_of
from tests.support.doors import sentence

pytestmark = pytest.mark.one_database("The services are tested on both databases; here it is about the page.")


NEW = "forty-two red doors"
CHANGE = {"password": PASSWORD, "new_password": NEW}


@pytest.fixture
def phone(app):
    """Another browser of Alice's."""
    with app.app_context():
        another_browser(ALICE, "her phone")
    return client_of(app, secret="her phone")


def test_a_new_password_ends_every_other_sign_in_and_the_old_password(app, client, phone):
    answer = client.post("/account/password", data=CHANGE)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/account?done=password")
    assert "The password is changed" in client.get(answer.headers["Location"]).text
    assert phone.get("/sessions").status_code == 303
    guest = client_of(app)
    assert guest.post("/sign-in", data={"name": "alice", "password": PASSWORD}).status_code == 401
    assert guest.post("/sign-in", data={"name": "alice", "password": NEW}).status_code == 303
    # Programs are told apart from browsers: their tokens are revoked one by one.
    assert client_of(app, token=TOKEN).get("/api/v1/sessions").status_code == 200


@pytest.mark.parametrize(
    ("form", "status", "reason"),
    [
        ({"password": "a mere guess"}, 401, "current password is wrong"),
        ({"password": ""}, 401, "current password is wrong"),
        ({"new_password": "2short"}, 422, "too short"),
        ({"new_password": "alicealicealice"}, 422, "own name"),
    ],
)
def test_a_password_is_changed_only_by_who_knows_it_and_to_one_that_is_not_guessed(client, phone, form, status, reason):
    answer = client.post("/account/password", data=CHANGE | form)
    assert answer.status_code == status
    assert reason in sentence(answer)
    assert all(value not in answer.text for value in (CHANGE | form).values() if value)
    assert phone.get("/sessions").status_code == client.get("/sessions").status_code == 200


def test_a_stolen_browser_cannot_guess_the_password_from_many_addresses(client):
    statuses = [
        client.post(
            "/account/password",
            data=CHANGE | {"password": f"guess {n}"},
            environ_overrides={"REMOTE_ADDR": f"192.0.2.{n}"},
        ).status_code
        for n in range(15)
    ]
    assert statuses == [401] * 10 + [429] * 5


def test_one_browser_is_signed_out_from_another(client, phone):
    page = client.get("/account").text
    (address,) = re.findall(r'action="(/account/sign-ins/[0-9a-f-]+/end)"', page)
    assert client.post(address).headers["Location"].startswith("/account")
    assert phone.get("/sessions").status_code == 303
    assert client.get("/sessions").status_code == 200
    assert client.post(address).status_code == 404


def test_signing_out_everywhere_means_here_too(app, client, phone):
    answer = client.post("/account/sign-ins/end")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/sign-in")
    assert f"{COOKIE}=;" in answer.headers["Set-Cookie"]
    assert phone.get("/sessions").status_code == client_of(app, secret=SECRET).get("/sessions").status_code == 303


def test_this_browser_is_named_and_no_other_shown(app, client):
    with app.app_context():
        bob = person("bob")
    page = client.get("/account").text
    assert page.count("This browser") == 1
    assert "bob" not in page
    assert bob.sign_in_id not in page
    assert SECRET not in page
    assert f"/account/sign-ins/{SIGN_IN_ID}/end" not in page


def test_what_a_browser_calls_itself_is_no_markup(app, client):
    evil = "<script>alert(1)</script>\N{RIGHT-TO-LEFT OVERRIDE}".encode().decode("latin-1")
    guest = client_of(app)
    guest.post("/sign-in", data={"name": "alice", "password": PASSWORD}, headers={"User-Agent": evil + "x" * 9000})
    for page in ("/account", "/account/trail"):
        assert "&lt;script&gt;alert(1)" in client.get(page).text
        assert "<script>alert" not in client.get(page).text


def test_the_trail_tells_what_was_done_and_not_what_was_typed(app, client):
    guest = client_of(app)
    for password in ("a-wrong-password", PASSWORD):
        guest.post(
            "/sign-in", data={"name": "alice", "password": password}, environ_overrides={"REMOTE_ADDR": "192.0.2.7"}
        )
    page = client.get("/account/trail").text
    assert "Signed in" in page
    assert "Sign-in with a wrong password" in page
    assert "192.0.2.7" in page
    assert "a-wrong-password" not in page
    assert PASSWORD not in page


def test_the_trail_is_read_a_page_at_a_time_and_refuses_made_up_places(client):
    for n in range(60):
        client.post("/account/tokens", data={"token_name": f"number {n}"})
    first = client.get("/account/trail").text
    assert "number 59" in first
    assert "number 5 " not in first.replace("”", " ")
    following = re.search(r'href="(/account/trail\?cursor=[^"]*)"', first)[1]
    assert "number 5 " in client.get(following).text.replace("”", " ")
    assert client.get("/account/trail?cursor=x").status_code == 400


@pytest.mark.parametrize("done", ["nothing", "<b>", "password2", ""])
def test_a_link_makes_the_page_say_only_sentences_of_its_own(client, done):
    page = client.get("/account", query_string={"done": done}).text
    assert 'class="notice" role="status"' not in page
