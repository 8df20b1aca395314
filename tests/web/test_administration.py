"""What an administrator does: invites, hands out links for new passwords, disables. And what nobody does."""

import re

import pytest

from tests.attacks.people import change, person, rows
from tests.support.accounts import ALICE, PASSWORD, client_of
from tests.support.cast import chat
from tests.support.doors import sentence
from webapp.ids import utc_now
from webapp.models import Invitation, User

pytestmark = pytest.mark.one_database("The services are tested on both databases; here it is about the page.")


NEW = "forty-two red doors"


@pytest.fixture
def bob(app):
    with app.app_context():
        return person("bob")


def link(page):
    """Return the link that the page shows, as an address here."""
    assert page.status_code == 200
    assert page.headers["Cache-Control"] == "no-store"
    (found,) = re.findall(r'value="http://localhost(/invitations/[^"]*)"', page.text)
    return found


def test_an_invitation_makes_an_account_once(app, client):
    address = link(client.post("/accounts/invitations"))
    guest, late = client_of(app), client_of(app)
    assert guest.get(address).status_code == 200
    answer = guest.post(address, data={"name": "Dora", "password": NEW})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/sessions")
    assert "dora" in guest.get("/account").text
    assert guest.get("/accounts").status_code == 403
    for answer in (late.get(address), late.post(address, data={"name": "eve", "password": NEW})):
        assert answer.status_code == 404
        assert "Ask an administrator" in answer.text
    with app.app_context():
        assert "'eve'" not in str(rows()["users"])


def test_who_is_invited_to_administer_does(app, client):
    guest = client_of(app)
    guest.post(
        link(client.post("/accounts/invitations", data={"admin": "yes"})), data={"name": "dora", "password": NEW}
    )
    assert guest.get("/accounts").status_code == 200


def test_nobody_makes_an_administrator_of_himself(app, client):
    guest = client_of(app)
    form = {"name": "dora", "password": NEW, "admin": "yes", "is_admin": "1", "admin_since": "2026-01-01"}
    guest.post(link(client.post("/accounts/invitations")), data=form)
    assert guest.get("/accounts").status_code == 403


@pytest.mark.parametrize(
    ("form", "status"),
    [({"name": "alice"}, 409), ({"name": "ＡＬＩＣＥ"}, 409), ({"name": ""}, 422), ({"password": "2short"}, 422)],
)
def test_a_link_still_works_after_a_name_or_a_password_that_cannot_be_taken(app, client, form, status):
    address, guest = link(client.post("/accounts/invitations")), client_of(app)
    answer = guest.post(address, data={"name": "dora", "password": NEW} | form)
    assert answer.status_code == status
    assert sentence(answer)
    assert "Set-Cookie" not in answer.headers
    assert guest.post(address, data={"name": "dora", "password": NEW}).status_code == 303


def test_a_link_that_ran_out_or_was_withdrawn_does_nothing(app, client):
    old = link(client.post("/accounts/invitations"))
    (old_id,) = re.findall(r"/accounts/invitations/([0-9a-f-]+)/withdraw", client.get("/accounts").text)
    with app.app_context():
        change(Invitation, old_id, expires_at=utc_now())
    withdrawn = link(client.post("/accounts/invitations"))
    (new_id,) = re.findall(r"/accounts/invitations/([0-9a-f-]+)/withdraw", client.get("/accounts").text)
    assert client.post(f"/accounts/invitations/{new_id}/withdraw").status_code == 303
    for address in (
        old,
        withdrawn,
        "/invitations/x",
        "/invitations/%00",
        "/invitations/%ff",
        "/invitations/" + "x" * 3000,
    ):
        assert client_of(app).get(address).status_code == 404
        assert client_of(app).post(address, data={"name": "eve", "password": NEW}).status_code == 404


def test_a_link_for_a_new_password_is_for_that_account_and_signs_it_out_everywhere(app, client, bob):
    guest = client_of(app)
    address = link(client.post(f"/accounts/{bob.user.id}/reset"))
    assert "bob" in guest.get(address).text
    # Whose it is cannot be chosen.
    assert guest.post(address, data={"name": "alice", "password": NEW}).status_code == 303
    assert "bob" in guest.get("/account").text
    assert bob.client(app).get("/sessions").status_code == 303
    assert client.get("/sessions").status_code == 200
    assert guest.post("/sign-in", data={"name": "alice", "password": PASSWORD}).status_code == 303
    assert guest.post("/sign-in", data={"name": "bob", "password": PASSWORD}).status_code == 401


def test_a_disabled_account_is_let_in_nowhere_until_it_is_enabled(app, client, bob):
    assert client.post(f"/accounts/{bob.user.id}/disable").status_code == 303
    browser = bob.client(app)
    assert browser.get("/sessions").status_code == 303
    assert browser.get("/api/v1/sessions").status_code == 401
    assert browser.post("/sign-in", data={"name": "bob", "password": PASSWORD}).status_code == 401
    assert client.post(f"/accounts/{bob.user.id}/enable").status_code == 303
    # The token works again; browsers sign in anew.
    assert browser.get("/api/v1/sessions").status_code == 200
    assert bob.client(app).get("/sessions").status_code == 303
    assert client_of(app).post("/sign-in", data={"name": "bob", "password": PASSWORD}).status_code == 303


def test_the_last_administrator_stays(app, client, bob):
    answer = client.post(f"/accounts/{ALICE.id}/disable")
    assert answer.status_code == 409
    assert "last administrator" in sentence(answer)
    assert client.get("/accounts").status_code == 200


def test_an_administrator_sees_who_there_is_and_nothing_that_anybody_wrote(app, client, bob):
    with app.app_context():
        chat(bob.user, "xyzzy", title="plugh")
    pages = [client.get(page).text for page in ("/accounts", "/account/trail", "/sessions", "/search?q=xyzzy")]
    assert "bob" in pages[0]
    assert all("plugh" not in page and "bob's browser" not in page for page in pages)
    assert client.get("/search?q=xyzzy").text.count("<mark>") == 0


def test_an_account_that_is_none_is_a_404(client):
    nobody = "01890000-0000-7000-8000-000000000000"
    for act in ("disable", "enable", "reset"):
        assert client.post(f"/accounts/{nobody}/{act}").status_code == 404
    assert client.post(f"/accounts/invitations/{nobody}/withdraw").status_code == 404


def test_an_administrator_who_is_one_no_more_does_nothing_from_that_moment_on(app):
    with app.app_context():
        eve = person("eve", is_admin=True)
    browser = eve.client(app)
    assert browser.get("/accounts").status_code == 200
    with app.app_context():
        change(User, eve.user.id, admin_since=None)
    assert browser.get("/accounts").status_code == 403
    assert browser.post("/accounts/invitations").status_code == 403
