"""Trying again, and answering again: with htmx at once, without it by waiting."""

import pytest
from sqlalchemy import text

from tests.support.doors import NOBODY, add_turn, draft, make_session, read, script, sentence
from tests.support.tabs import PARTIAL, Tab, words
from webapp.agent.protocol import AssistantFailed
from webapp.agent.values import End, Text
from webapp.database.transaction import writing
from webapp.services.assistants.registry import Assistants
from webapp.state import current


class Second:
    key = "second"
    label = "The <second>"

    def reply(self, history, *, timeout, stop=None, toolbox=None):  # noqa: ARG002 - it does not wait
        yield Text("Second!")
        yield End(model="second-1")


@pytest.fixture
def session(client):
    session = make_session(client, title="Keys")
    add_turn(client, session["id"])
    return session


def retries(session):
    return f"{session['html_url']}/retries"


def contents(client, session):
    return [message["content"] for message in read(client, session["id"])["messages"]]


def fail(client, session, question="Where is the key?"):
    tab = Tab(client, session["html_url"])
    tab.send(question)
    tab.finish()
    assert "Try again" in tab.end
    return tab


def test_what_failed_is_tried_again_at_once(app, client, session, gate):
    assistant = script(app, AssistantFailed("Out."), (gate, "Found."))
    tab = fail(client, session)
    answer = tab.retry()
    assert answer.status_code == 200
    assert "Out." not in tab.end
    assert "Where is the key?" in tab.end
    assert tab.button == "Stop"
    gate.open()
    tab.finish()
    assert contents(client, session)[2:] == ["Where is the key?", "Found."]
    assert len(assistant.asked) == 2
    assert tab.numbers == ["m-1", "m-2", "m-3", "m-4"]


def test_what_fails_again_can_be_tried_again(app, client, session):
    script(app, AssistantFailed("First."), AssistantFailed("Second."), "Third.")
    tab = fail(client, session)
    tab.retry()
    tab.finish()
    assert "Second." in tab.end
    tab.retry()
    tab.finish()
    assert contents(client, session)[2:] == ["Where is the key?", "Third."]


def test_another_assistant_may_try(app, client, session):
    script(app, AssistantFailed("Out."))
    current(Assistants, app).add(Second())
    tab = Tab(client, session["html_url"])
    tab.send("Hello", assistant="scripted")
    tab.finish()
    assert '<option value="scripted" selected>Scripted</option>' in tab.end
    assert "The &lt;second&gt;" in tab.end
    tab.retry(assistant="second")
    tab.finish()
    assert contents(client, session)[2:] == ["Hello", "Second!"]


def test_the_answer_is_made_anew_while_the_old_one_stays(app, client, session, gate):
    script(app, (gate, "Better."))
    tab = Tab(client, session["html_url"])
    tab.retry()
    assert tab.numbers == ["m-1", "m-2"]
    assert "Another answer to message 1. It replaces the one above when it is finished." in words(tab.end)
    assert tab.minutes.count("Hello") == 1
    assert contents(client, session) == ["Hello", "Hi."]
    gate.open()
    tab.finish()
    assert tab.numbers == ["m-1", "m-2"]
    assert "Better." in tab.minutes
    assert "Hi." not in words(tab.minutes)
    assert contents(client, session) == ["Hello", "Better."]
    assert tab.look().status_code == 204


def test_the_menu_offers_every_assistant_and_marks_who_answered(app, client, session):
    script(app)
    current(Assistants, app).add(Second())
    client.post(retries(session), data={"assistant": "second"})
    end = Tab(client, session["html_url"]).end
    assert '<button name="assistant" value="scripted">Scripted</button>' in end
    assert (
        '<button name="assistant" value="second">The &lt;second&gt;<span class="hint">as before</span></button>' in end
    )


def test_without_htmx_it_waits_and_leads_to_the_chat(app, client, session):
    script(app, "Better.")
    answer = client.post(retries(session), data={"expected_last_idx": "1"})
    assert (answer.status_code, answer.headers["Location"]) == (303, session["html_url"])
    assert contents(client, session) == ["Hello", "Better."]


@pytest.mark.parametrize("made", [False, True])
def test_without_htmx_a_question_that_fails_again_is_still_there(app, client, session, made):
    script(app, AssistantFailed("First."), AssistantFailed("Second <b>."), "Third.")
    if made:
        address = client.post("/chat", data={"content": "Where?"}, headers=PARTIAL).headers["HX-Redirect"]
        Tab(client, address).finish()
    else:
        fail(client, session, "Where?")
        address = session["html_url"]
    page = client.post(f"{address}/retries", follow_redirects=True)
    assert page.status_code == 200
    assert "Second &lt;b&gt;." in page.text
    assert "Where?" in page.text
    assert "Try again" in page.text
    page = client.post(f"{address}/retries", follow_redirects=True)
    assert "Third." in page.text


def test_without_htmx_an_answer_that_cannot_be_made_anew_stays_and_says_why(app, client, session):
    script(app, AssistantFailed("Out."))
    page = client.post(retries(session), follow_redirects=True)
    assert "Out." in page.text
    assert "Hi." in page.text
    assert "Keep the old answer" in page.text
    assert contents(client, session) == ["Hello", "Hi."]


def test_without_htmx_a_new_message_does_not_wipe_out_the_one_that_was_not_answered(app, client, session):
    assistant = script(app, AssistantFailed("Out."), "Found.")
    fail(client, session)
    page = client.post("/chat", data={"content": "Another", "session_id": session["id"], "expected_last_idx": "1"})
    assert page.status_code == 409
    assert "has no answer" in sentence(page) + page.text
    assert "Where is the key?" in page.text
    assert "Try again" in page.text
    assert draft(page) == "Another"
    assert len(assistant.asked) == 1


@pytest.mark.parametrize("headers", [{}, PARTIAL])
def test_whatever_keeps_it_from_being_tried_again_is_said(app, client, session, gate, headers):
    script(app, (gate, "Hi."))
    empty = make_session(client)
    for chat, form, status, reason in (
        (session, {"assistant": "<nobody>"}, 422, "assistant"),
        (session, {"expected_last_idx": "7"}, 409, "has changed"),
        (empty, {}, 422, "no message to answer"),
        ({"html_url": f"/sessions/{NOBODY}"}, {}, 404, ""),
    ):
        refused = client.post(retries(chat), data=form, headers=headers)
        assert refused.status_code == status
        assert reason in refused.text
        assert "<nobody>" not in refused.text
        assert ("<html" in refused.text) == (not headers)
    Tab(client, session["html_url"]).retry()
    refused = client.post(retries(session), headers=headers)
    assert refused.status_code == 409
    assert "answer is in progress" in refused.text
    gate.open()


def test_a_page_that_missed_something_is_led_to_it(app, client, session):
    script(app)
    tab = Tab(client, session["html_url"])
    add_turn(client, session["id"])
    refused = tab.retry()
    assert refused.status_code == 409
    assert f'href="{session["html_url"]}" target="_blank"' in refused.text


@pytest.mark.parametrize("headers", [{}, PARTIAL])
def test_an_archived_chat_is_not_answered_again(app, client, session, headers):
    assistant = script(app)
    client.delete(session["url"])
    page = client.get(session["html_url"])
    assert "/retries" not in page.text
    refused = client.post(retries(session), headers=headers)
    assert refused.status_code == 409
    assert "archived" in refused.text
    assert assistant.asked == []


def test_a_question_of_an_imported_chat_that_has_no_answer_can_get_one(app, client, session, gate):
    script(app, (gate, "At last."))
    drop_answer(app, session)
    tab = Tab(client, session["html_url"])
    assert "This has no answer yet." in tab.end
    assert "Get an answer" in tab.end
    tab.retry()
    assert "The answer to message 1." in words(tab.end)
    gate.open()
    tab.finish()
    assert contents(client, session) == ["Hello", "At last."]
    assert tab.numbers == ["m-1", "m-2"]


def drop_answer(app, session):
    """Let the chat end with its question, as an imported one may."""
    with app.app_context(), writing() as connection:
        (answer,) = connection.scalars(text("SELECT id FROM messages WHERE role = 'assistant'"))
        connection.execute(text("DELETE FROM session_messages WHERE message_id = :id"), {"id": answer})
        connection.execute(text("DELETE FROM messages WHERE id = :id"), {"id": answer})
        connection.execute(text("UPDATE sessions SET message_count = 1 WHERE id = :id"), {"id": session["id"]})
