"""Which chat session goes on: the one that is named, the one that holds what was said before, or a new one."""

import pytest

from tests.openai_api.asking import HEADER, Gate, Meanwhile, answered, ask, error, said
from tests.support.cast import chat, kept, stranger
from tests.support.doors import NOBODY, add_turn, make_session, read, script
from webapp.agent.protocol import AssistantFailed


def contents(client, session_id):
    return [message["content"] for message in read(client, session_id)["messages"]]


def sessions(client):
    return client.get("/api/v1/sessions?include_archived=1").json["data"]


def test_a_chat_goes_on_where_its_history_is_kept(app, client):
    script(app, "1", "2", "3")
    first = answered(ask(client, "One"))
    second = answered(ask(client, "One", "1", "Two"))
    third = answered(ask(client, "One", "1", "Two", "2", "Three"))
    assert first["session_id"] == second["session_id"] == third["session_id"]
    assert contents(client, first["session_id"]) == ["One", "1", "Two", "2", "Three", "3"]
    assert len(sessions(client)) == 1


def test_the_same_first_message_begins_another_chat(app, client):
    script(app)
    assert answered(ask(client, "Hello"))["session_id"] != answered(ask(client, "Hello"))["session_id"]


def test_of_several_that_hold_the_history_the_last_active_goes_on(app, client):
    script(app, "Hi.", "Hi.", "Third")
    answered(ask(client, "Hello"))
    later = answered(ask(client, "Hello"))
    assert answered(ask(client, "Hello", "Hi.", "And now?"))["session_id"] == later["session_id"]


@pytest.mark.parametrize(
    "history",
    [("Hello", "Hi!"), ("hello", "Hi."), ("Hello", "Hi. "), ("Hello", "Hi.", "More", "Yes."), ("Hel", "loHi.")],
)
def test_a_history_that_nobody_holds_becomes_a_chat_of_its_own_and_is_kept(app, client, history):
    assistant = script(app, "Hi.", "So it is.")
    first = answered(ask(client, "Hello"))
    told = answered(ask(client, *history, "And now?"))
    assert told["session_id"] != first["session_id"]
    assert contents(client, told["session_id"]) == [*history, "And now?", "So it is."]
    assert read(client, told["session_id"])["title"] == history[0]
    assert [content for _, content in assistant.asked[-1]] == [*history, "And now?"]
    assert contents(client, first["session_id"]) == ["Hello", "Hi."]


def test_what_is_kept_already_is_linked_as_a_fork_does_and_not_copied(app, client):
    script(app, "1", "2", "Other", "Else")
    first = answered(ask(client, "One"))
    answered(ask(client, "One", "1", "Two"))
    again = answered(ask(client, "One", "1", "Two"))
    different = answered(ask(client, "One", "1", "Two", "said otherwise", "Three"))
    assert len({told["session_id"] for told in (first, again, different)}) == 3
    source = read(client, first["session_id"])["messages"]
    forked = read(client, again["session_id"])
    assert [m["id"] for m in forked["messages"][:2]] == [m["id"] for m in source[:2]]
    assert (forked["forked_from_id"], forked["forked_at_idx"]) == (first["session_id"], 1)
    assert contents(client, again["session_id"]) == ["One", "1", "Two", "Other"]
    assert contents(client, different["session_id"]) == ["One", "1", "Two", "said otherwise", "Three", "Else"]
    with app.app_context():
        assert kept()["messages"] == 4 + 2 + 3


def test_a_fork_whose_question_is_not_answered_takes_nothing_with_it(app, client):
    script(app, "1", "2", AssistantFailed("Out."))
    first = answered(ask(client, "One"))
    answered(ask(client, "One", "1", "Two"))
    error(ask(client, "One", "1", "Another"), 502)
    assert contents(client, first["session_id"]) == ["One", "1", "Two", "2"]
    assert len(sessions(client)) == 1


def test_a_told_history_that_somebody_has_named_meanwhile_stays_though_its_question_fails(app, client):
    gate = Gate("")
    script(app, gate)
    asking = Meanwhile(lambda: ask(app.test_client(), "Hello", "Hi.", "And now?"))
    try:
        assert gate.reached.wait(20)
        (session,) = sessions(client)
        assert client.patch(session["url"], json={"title": "Keep me"}).status_code == 200
    finally:
        gate.opened.set()
    error(asking.result(), 502)
    assert contents(client, session["id"]) == ["Hello", "Hi."]
    assert client.get(f"/api/v1/sessions/{session['id']}/live").status_code == 404


def test_a_history_need_not_alternate(app, client):
    script(app, "Yes.")
    messages = [
        {"role": "assistant", "content": "Welcome."},
        {"role": "user", "content": "Hello"},
        {"role": "user", "content": "Hello?"},
        {"role": "assistant", "content": "I"},
        {"role": "assistant", "content": "am here."},
        {"role": "user", "content": "Good."},
    ]
    told = answered(ask(client, messages=messages))
    transcript = read(client, told["session_id"])
    assert [(m["role"], m["content"]) for m in transcript["messages"][:-1]] == [
        (m["role"], m["content"]) for m in messages
    ]
    assert transcript["title"] == "Hello"
    more = [*messages, {"role": "assistant", "content": "Yes."}, {"role": "user", "content": "More"}]
    assert answered(ask(client, messages=more))["session_id"] == told["session_id"]


def test_what_the_page_and_the_other_api_kept_goes_on_too(app, client):
    script(app)
    session = make_session(client, title="Keys")
    add_turn(client, session["id"], "Hello", "Hi.")
    assert answered(ask(client, "Hello", "Hi.", "And now?"))["session_id"] == session["id"]


def test_nobody_elses_chat_and_no_archived_one_goes_on(app, client):
    script(app)
    with app.app_context():
        theirs = chat(stranger(), ("Hello", "Hi."))
    archived = make_session(client)
    add_turn(client, archived["id"], "Hello", "Hi.")
    client.delete(archived["url"])
    told = answered(ask(client, "Hello", "Hi.", "And now?"))
    assert told["session_id"] not in {theirs.id, archived["id"]}
    assert contents(client, archived["id"]) == ["Hello", "Hi."]
    with app.app_context():
        shared = {m["id"] for m in read(client, told["session_id"])["messages"]}
        assert not shared & {m.id for m in transcript_of(theirs)}


def transcript_of(session):
    from sqlalchemy import text

    from webapp.database.transaction import read_connection

    found = "SELECT message_id AS id FROM session_messages WHERE session_id = :id"
    return read_connection().execute(text(found), {"id": session.id}).all()


@pytest.mark.parametrize("way", ["header", "metadata", "both", "capitals"])
def test_a_chat_that_is_named_goes_on_with_the_new_message_alone(app, client, way):
    assistant = script(app)
    session = make_session(client)
    add_turn(client, session["id"], "Hello", "Hi.")
    named = {
        "header": {"headers": {HEADER: session["id"]}},
        "metadata": {"metadata": {"session_id": session["id"]}},
        "both": {"headers": {HEADER: session["id"]}, "metadata": {"session_id": session["id"].upper()}},
        "capitals": {"headers": {HEADER: session["id"].upper()}},
    }[way]
    response = ask(client, "And now?", **named)
    assert answered(response)["session_id"] == response.headers[HEADER] == session["id"]
    assert [content for _, content in assistant.asked[0]] == ["Hello", "Hi.", "And now?"]


def test_a_chat_that_is_named_takes_a_history_only_if_it_is_its_own(app, client):
    assistant = script(app)
    session = make_session(client)
    add_turn(client, session["id"], "Hello", "Hi.")
    headers = {HEADER: session["id"]}
    for history in (("Hello", "Hi!"), ("Hello",), ("Hello", "Hi.", "More", "Yes."), ("Hi.", "Hello")):
        messages = [*said(*history), {"role": "user", "content": "And now?"}]
        response = ask(client, messages=messages, headers=headers)
        assert "transcript" in error(response, 409, "stale_transcript")["message"]
        assert response.headers["x-should-retry"] == "false"
    assert assistant.asked == []
    assert contents(client, session["id"]) == ["Hello", "Hi."]
    assert answered(ask(client, "Hello", "Hi.", "And now?", headers=headers))["session_id"] == session["id"]


def test_a_chat_that_cannot_go_on_is_told_before_the_assistant_is_asked(app, client):
    assistant = script(app)
    archived = make_session(client)
    client.delete(archived["url"])
    with app.app_context():
        theirs = chat(stranger(), "Theirs")
    error(ask(client, "Hello", headers={HEADER: NOBODY}), 404, "not_found")
    error(ask(client, "Hello", headers={HEADER: theirs.id}), 404, "not_found")
    response = ask(client, "Hello", headers={HEADER: archived["id"]})
    error(response, 409, "archived")
    assert response.headers["x-should-retry"] == "false"
    assert assistant.asked == []


def test_a_named_chat_that_answers_something_else_says_so(app, client):
    gate = Gate()
    script(app, gate)
    session = make_session(client)
    headers = {HEADER: session["id"]}
    asking = Meanwhile(lambda: ask(app.test_client(), "Hello", headers=headers))
    try:
        assert gate.reached.wait(20)
        response = ask(client, "Something else", headers=headers)
        error(response, 409, "answering")
        assert response.headers["x-should-retry"] == "false"
    finally:
        gate.opened.set()
    answered(asking.result())


def test_another_question_to_the_same_history_does_not_wait_for_the_first(app, client):
    gate = Gate()
    script(app, "Hi.", gate, "Sooner.")
    first = answered(ask(client, "Hello"))
    asking = Meanwhile(lambda: ask(app.test_client(), "Hello", "Hi.", "Slow"))
    try:
        assert gate.reached.wait(20)
        other = answered(ask(client, "Hello", "Hi.", "Fast"))
    finally:
        gate.opened.set()
    slow = answered(asking.result())
    assert slow["session_id"] == first["session_id"] != other["session_id"]
    assert contents(client, slow["session_id"]) == ["Hello", "Hi.", "Slow", "At last."]
    assert contents(client, other["session_id"]) == ["Hello", "Hi.", "Fast", "Sooner."]


def test_what_the_page_waits_to_try_again_is_not_lost(app, client):
    script(app, AssistantFailed("Out."))
    session = make_session(client)
    add_turn(client, session["id"], "Hello", "Hi.")
    body = {"content": "A long text of the page", "session_id": session["id"], "stream": True}
    assert "error" in client.post("/api/v1/chat", json=body).text
    told = answered(ask(client, "Hello", "Hi.", "And now?"))
    assert told["session_id"] != session["id"]
    waiting = client.get(f"/api/v1/sessions/{session['id']}/live", headers={"Accept": "application/json"}).json
    assert (waiting["state"], waiting["content"]) == ("failed", "A long text of the page")
