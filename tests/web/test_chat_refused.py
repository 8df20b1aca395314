"""What the composer cannot send without JavaScript: each refusal gives the text back with its reason."""

import pytest

from tests.support.doors import NOBODY, add_turn, draft, fill_in, hidden, make_session, script, sentence
from webapp.agent.protocol import AssistantFailed


def count(client):
    return [session["message_count"] for session in client.get("/api/v1/sessions?include_archived=1").json["data"]]


REFUSED = {
    "empty": ("", 422, "The message is empty"),
    "blank": (" \r\n\t ", 422, "The message is empty"),
    "too long": ("é" * 101, 422, "limit is 100"),
    "NUL": ("<b>a\0b", 422, "NUL"),
}


@pytest.mark.parametrize("name", REFUSED)
@pytest.mark.parametrize("into", ["a new chat", "a chat"])
@pytest.mark.one_database("PostgreSQL refuses more, so what comes through to it shows there.", engine="postgres")
def test_what_cannot_be_kept_comes_back_with_the_reason(make_app, name, into):
    app = make_app(max_content_chars=100)
    client, assistant = app.test_client(), script(app)
    session = make_session(client) if into == "a chat" else None
    text, status, reason = REFUSED[name]
    page = client.post("/chat", data=fill_in(client, session and session["id"], content=text))
    assert page.status_code == status
    assert reason in sentence(page)
    assert draft(page) == text.replace("\r\n", "\n")
    assert assistant.asked == []
    assert count(client) in ([], [0])


def test_a_first_line_break_survives_a_refusal(app, client):
    script(app, AssistantFailed("Out."))
    assert draft(client.post("/chat", data=fill_in(client, content="\n\n  typed"))) == "\n\n  typed"


def test_an_archived_chat_shows_what_was_typed_and_offers_to_restore(app, client):
    script(app)
    session = make_session(client)
    form = fill_in(client, session["id"], content="Typed & not lost")
    client.delete(session["url"])
    page = client.post("/chat", data=form)
    assert page.status_code == 409
    assert draft(page) == "Typed & not lost"
    assert "archived" in sentence(page)
    assert f'action="/sessions/{session["id"]}/restore"' in page.text


def test_a_chat_that_moved_on_shows_what_is_new_and_what_was_typed(app, client):
    assistant = script(app)
    session = make_session(client)
    form = fill_in(client, session["id"], content="Typed")
    add_turn(client, session["id"], "From another tab")
    page = client.post("/chat", data=form)
    assert page.status_code == 409
    assert "has changed" in sentence(page)
    assert "From another tab" in page.text
    assert draft(page) == "Typed"
    assert assistant.asked == []
    again = client.post(
        "/chat", data={name: hidden(page, name) for name in form if name != "content"} | {"content": "Typed"}
    )
    assert again.status_code == 303


@pytest.mark.parametrize("failure", [AssistantFailed("The model is out."), RuntimeError("x"), ""])
def test_when_the_assistant_fails_the_text_comes_back_and_can_be_sent_again(app, client, failure):
    script(app, failure, "Now.")
    page = client.post("/chat", data=fill_in(client, content="Typed", assistant="scripted"))
    assert page.status_code == 502
    assert sentence(page)
    assert draft(page) == "Typed"
    assert count(client) == []
    again = client.post("/chat", data={"content": "Typed", "key": hidden(page, "key"), "expected_last_idx": "-1"})
    assert again.status_code == 303
    assert count(client) == [2]


@pytest.mark.parametrize(
    "session_id", [NOBODY, "x", "\0", "urn:uuid:" + NOBODY, "{" + NOBODY + "}", NOBODY.upper() + " "]
)
def test_a_chat_that_is_gone_leaves_the_text_to_be_sent_as_a_new_one(app, client, session_id):
    script(app)
    page = client.post(
        "/chat", data={"content": "Typed", "session_id": session_id, "expected_last_idx": "3", "key": "k"}
    )
    assert page.status_code == 404
    assert draft(page) == "Typed"
    assert sentence(page)
    assert 'name="session_id"' not in page.text
    assert hidden(page, "expected_last_idx") == "-1"


@pytest.mark.parametrize(
    "form",
    [
        {},
        {"expected_last_idx": "x", "content": "a"},
        {"expected_last_idx": "9" * 400, "content": "a"},
        {"assistant": "nobody", "content": "a"},
        {"key": "k" * 999, "content": "a"},
        {"key": "é", "content": "a"},
    ],
)
def test_whatever_a_form_says_it_is_answered_with_a_page(app, client, form):
    script(app)
    page = client.post("/chat", data=form)
    assert page.status_code in {303, 409, 422}
    assert page.status_code == 303 or draft(page) == form.get("content", "")


def test_a_form_of_any_kind_and_size_is_answered_with_a_page(client):
    assert client.post("/chat", json={"content": "Hello"}).status_code == 422
    assert (
        client.post(
            "/chat", data=b"content=%ff%fe%ed%a0%80", content_type="application/x-www-form-urlencoded"
        ).status_code
        == 303
    )
    assert client.post("/chat", data=b"--x", content_type="multipart/form-data").status_code in {400, 422}
    long = client.post("/chat", data={"content": "\U0001f511" * 100_001})
    assert (long.status_code, "limit is 100,000" in sentence(long)) == (422, True)
    huge = client.post("/chat", data={"content": "a" * 1_300_000})
    assert huge.status_code == 413
