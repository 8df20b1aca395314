"""What was typed is not lost when the sign-in runs out: it goes on its way after signing in, to the letter."""

import pytest
from werkzeug.datastructures import MultiDict

from tests.attacks.people import change, person
from tests.support.accounts import ALICE, COOKIE, RIGHT, SIGN_IN_ID, client_of
from tests.support.cast import chat
from tests.support.doors import draft, make_session, script
from tests.support.hidden_fields import fields
from webapp.ids import utc_now
from webapp.models import SignIn
from webapp.services.accounts import passwords
from webapp.services.accounts.hashing import HashingPool

pytestmark = pytest.mark.one_database("What a page shows to nobody does not depend on the database.")


@pytest.fixture
def session(app):
    with app.app_context():
        return chat(ALICE, "What did we decide?", title="Minutes").id


@pytest.fixture
def tab(app, session):
    """A browser of Alice's whose sign-in runs out, as it does over night."""
    with app.app_context():
        change(SignIn, SIGN_IN_ID, expires_at=utc_now())
    return app.test_client()


def submit(tab, page, **typed):
    """Send the form for signing in, and whatever it is answered with, as a browser does: 307 sends the same again."""
    data = fields(page)
    data.update(typed)
    answer = tab.post("/sign-in", data=data)
    if answer.status_code == 307:
        answer = tab.post(answer.headers["Location"], data=data)
    return answer


@pytest.mark.parametrize(
    "text",
    [
        "Hello",
        "one\r\n\r\ntwo\r\n",
        "\n leading and trailing \t",
        "<script>\"quotes\" & 'ampersands'</script>",
        "Grüße, 漢字, 🔑, \u202e and \u200d",
        "🔑" * 99_998,
        "\r\n" * 50_000,
    ],
    ids=lambda text: ascii(text[:20]),
)
def test_a_message_arrives_to_the_letter_after_signing_in(app, tab, session, text):
    script(app, "Heard.")
    page = tab.post("/chat", data={"content": f"a{text}b", "session_id": session, "expected_last_idx": "1", "key": "k"})
    assert page.status_code == 401
    assert "Your sign-in has expired" in page.text
    answer = submit(tab, page, **RIGHT)
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/sessions/{session}")
    said = app.test_client().get(f"/api/v1/sessions/{session}").json["messages"]
    assert [message["content"] for message in said[2:]] == [f"a{text}b".replace("\r\n", "\n"), "Heard."]


@pytest.mark.parametrize("text", ["Hello", "🔑" * 100_000], ids=len)
def test_a_wrong_password_in_between_keeps_it(app, tab, session, text):
    script(app, "Heard.")
    page = tab.post("/chat", data={"content": text, "session_id": session, "expected_last_idx": "1"})
    for _ in range(2):
        page = submit(tab, page, **RIGHT | {"password": "wrong"})
        assert page.status_code == 401
        assert fields(page)["content"] == text
        assert fields(page)["then"] == "/chat"
    assert submit(tab, page, **RIGHT).status_code == 303
    assert app.test_client().get(f"/api/v1/sessions/{session}").json["messages"][2]["content"] == text


def test_too_many_wrong_passwords_keep_it_too(app, tab, session):
    page = tab.post("/chat", data={"content": "not lost", "session_id": session, "expected_last_idx": "1"})
    for _ in range(12):
        page = submit(tab, page, **RIGHT | {"password": "wrong"})
    assert page.status_code == 429
    assert (fields(page)["content"], fields(page)["then"]) == ("not lost", "/chat")


def test_a_server_that_has_too_many_passwords_to_check_keeps_it_too(app, tab, session, monkeypatch):
    full = HashingPool(1, waiting=0)
    assert full._places.acquire(blocking=False)
    page = tab.post("/chat", data={"content": "not lost", "session_id": session, "expected_last_idx": "1"})
    with monkeypatch.context() as busy:
        busy.setattr(passwords, "_pool", lambda: full)
        page = submit(tab, page, **RIGHT)
    assert page.status_code == 503
    assert page.headers["Retry-After"]
    assert (fields(page)["content"], fields(page)["then"]) == ("not lost", "/chat")
    script(app, "Heard.")
    assert submit(tab, page, **RIGHT).status_code == 303


def test_what_is_kept_is_shown_and_is_no_markup(tab):
    page = tab.post("/chat", data={"content": "<b onclick=x>", "<i>": "<u>"})
    assert "&lt;b onclick=x&gt;" in page.text
    assert "<b onclick" not in page.text
    assert "<i>" not in page.text
    assert "<u>" not in page.text


def test_every_field_is_kept_in_its_order(tab, session):
    sent = MultiDict([("idx", "0"), ("content", "a"), ("content", "b"), ("key", ""), ("x", "y")])
    page = tab.post(f"/sessions/{session}/edits", data=sent)
    kept = fields(page)
    assert kept.poplist("then") == [f"/sessions/{session}/edits"]
    assert list(kept.items(multi=True)) == list(sent.items(multi=True))


FORMS = {
    "edits": {"idx": "0", "content": "What did we not decide?", "expected_last_idx": "1"},
    "forks": {"idx": "0"},
    "title": {"title": "Another title", "was": "Minutes"},
    "retries": {"expected_last_idx": "1"},
}


@pytest.mark.parametrize("form", FORMS)
def test_other_forms_go_on_as_well(app, tab, session, form):
    script(app, "We decided nothing.")
    page = tab.post(f"/sessions/{session}/{form}", data=FORMS[form])
    assert page.status_code == 401
    answer = submit(tab, page, **RIGHT)
    assert answer.status_code == 303
    client = app.test_client()
    now = client.get(f"/api/v1/sessions/{session}").json
    done = {
        "edits": now["messages"][0]["content"] == "What did we not decide?",
        "forks": len(client.get("/api/v1/sessions").json["data"]) == 2,
        "title": now["title"] == "Another title",
        "retries": now["messages"][1]["content"] == "We decided nothing.",
    }
    # An edited question is answered anew.
    assert {name for name, is_done in done.items() if is_done} - {"retries"} == {form} - {"retries"}
    assert done[form]


def test_somebody_else_who_signs_in_there_sends_it_in_no_chat_of_hers(app, tab, session):
    script(app, "Heard.")
    with app.app_context():
        person("bob")
    page = tab.post("/chat", data={"content": "for Alice's chat", "session_id": session, "expected_last_idx": "1"})
    answer = submit(tab, page, **RIGHT | {"name": "bob"})
    assert answer.status_code == 404
    assert draft(answer) == "for Alice's chat"
    assert client_of(app, token="mb_a-program-of-bob").get("/api/v1/sessions").json["data"] == []
    assert len(app.test_client().get(f"/api/v1/sessions/{session}").json["messages"]) == 2


def test_a_form_without_fields_is_gone_and_the_page_leads_on(tab, session):
    page = tab.post(f"/sessions/{session}/pin")
    assert page.status_code == 401
    assert "not signed in any more" in page.text
    assert submit(tab, page, **RIGHT).status_code == 303
    assert make_session(tab)


@pytest.mark.parametrize(
    "form",
    [{"name": "x", "password": "my present one", "new_password": "my next one"}, {"password": "my-only-password-here"}],
)
def test_passwords_are_not_kept(tab, form):
    page = tab.post("/account/password", data=form)
    assert page.status_code == 401
    assert all(value not in page.text for name, value in form.items() if "password" in name)


def test_more_than_a_form_may_hold_is_not_kept_and_still_asks_to_sign_in(tab):
    page = tab.post("/chat", data={"content": "🔑" * 200_000})
    assert page.status_code == 401
    assert fields(page) == MultiDict({"next": "/sessions"})


@pytest.mark.parametrize("data", [b"{}", b"\xff\xfe", b"content=%ff%00%ed%a0%80", b"&&==&"])
@pytest.mark.parametrize(
    "kind", ["application/json", "application/x-www-form-urlencoded", "multipart/form-data", "text/plain"]
)
def test_no_body_is_a_failure(tab, data, kind):
    assert tab.post("/chat", data=data, content_type=kind).status_code == 401


def test_htmx_is_told_beside_what_was_typed(tab, session):
    for method, address in (
        ("POST", "/chat"),
        ("GET", f"/sessions/{session}/news"),
        ("GET", f"/sessions/{session}/live"),
    ):
        part = tab.open(address, method=method, headers={"HX-Request": "true", "HX-Request-Type": "partial"})
        assert part.status_code == 401
        assert "<html" not in part.text
        assert 'href="/sign-in"' in part.text
        assert "HX-Redirect" not in part.headers


def test_a_link_that_htmx_follows_loads_the_page_for_signing_in(tab):
    answer = tab.get("/search?q=a", headers={"HX-Request": "true", "HX-Boosted": "true"})
    assert answer.status_code == 401
    assert answer.headers["HX-Redirect"] == "/sign-in?next=/search?q%3Da"


def test_a_sign_in_that_has_run_out_is_begun_anew(tab):
    assert tab.get("/sessions").status_code == 303
    answer = tab.post("/sign-in", data=RIGHT)
    assert COOKIE in answer.headers["Set-Cookie"]
    assert tab.get("/sessions").status_code == 200
