"""POST /edits: a message is said differently, and what followed it is replaced once that is answered."""

import pytest

from tests.support.cast import chat, kept, stranger
from tests.support.doors import NOBODY, add_turn, make_session, pointers, problem, read, script
from tests.support.events import Listener, events_of, names
from webapp.agent.protocol import AssistantFailed

OUT = AssistantFailed("The model is out.")


@pytest.fixture
def session(client):
    """A session of two turns."""
    session = make_session(client)
    add_turn(client, session["id"], "Hello", "Hi.")
    add_turn(client, session["id"], "Where is the key?", "Under the mat.")
    return read(client, session["id"])


def edit(client, session, idx=2, content="Where is the hat?", **more):
    return client.post(f"{session['url']}/edits", json={"idx": idx, "content": content, **more})


def said(client, session):
    return [message["content"] for message in read(client, session["id"])["messages"]]


def test_the_last_question_is_said_differently(app, client, session):
    assistant = script(app, "On the hook.")
    answer = edit(client, session, expected_last_idx=3)
    now = read(client, session["id"])
    assert answer.status_code == 200
    assert answer.headers["ETag"] == client.get(session["url"]).headers["ETag"]
    assert assistant.asked == [[("user", "Hello"), ("assistant", "Hi."), ("user", "Where is the hat?")]]
    assert said(client, session) == ["Hello", "Hi.", "Where is the hat?", "On the hook."]
    assert now["messages"][:2] == session["messages"][:2]
    assert answer.json["message"] == now["messages"][3]
    assert answer.json["user_message_id"] == now["messages"][2]["id"]
    assert not {m["id"] for m in now["messages"][2:]} & {m["id"] for m in session["messages"]}
    assert (answer.json["idx"], answer.json["message_count"], answer.json["revision"]) == (
        3, 4, session["revision"] + 1,
    )  # fmt: skip
    with app.app_context():
        assert kept()["messages"] == 4


def test_what_followed_is_gone_and_an_automatic_title_follows_the_first_question(app, client, session):
    script(app, "Moin.")
    assert edit(client, session, 0, "Good morning").json["message_count"] == 2
    assert said(client, session) == ["Good morning", "Moin."]
    assert read(client, session["id"])["title"] == "Good morning"
    problem(client.get(session["messages"][2]["url"]), 404)
    assert client.get("/api/v1/search?q=mat").json["data"] == []


def test_it_can_be_streamed_and_what_is_there_stays_until_the_end(app, client, session, gate):
    script(app, ("On ", gate, "the hook."))
    body = {"idx": 0, "content": "Where is the hat?", "stream": True}
    heard = Listener(app, "POST", f"{session['url']}/edits", json=body)
    heard.until("On ")
    assert (heard.seen[0].data["question_idx"], heard.seen[0].data["replaces_from_idx"]) == (0, 0)
    assert read(client, session["id"]) == session
    gate.open()
    events = heard.rest()
    assert names(events) == ["start", "delta", "done"]
    assert events[-1].data["message_count"] == 2
    assert said(client, session) == ["Where is the hat?", "On the hook."]


def test_if_the_assistant_fails_all_is_as_it_was(app, client, session):
    script(app, OUT, OUT)
    problem(edit(client, session), 502, "provider-failed")
    assert read(client, session["id"]) == session
    problem(client.delete(f"{session['url']}/live"), 404)
    assert events_of(edit(client, session, stream=True))[-1].name == "error"
    assert read(client, session["id"]) == session
    assert client.delete(f"{session['url']}/live").json["content"] == "Where is the hat?"
    assert read(client, session["id"]) == session


@pytest.mark.parametrize("is_streamed", [True, False])
def test_the_same_edit_sent_again_is_the_retry_of_what_failed(app, client, session, is_streamed):
    script(app, OUT, "On the hook.")
    events_of(edit(client, session, stream=True))
    answer = edit(client, session, stream=is_streamed)
    assert answer.status_code == 200
    assert "On the hook." in answer.text
    assert said(client, session) == ["Hello", "Hi.", "Where is the hat?", "On the hook."]


@pytest.mark.parametrize(("idx", "content"), [(2, "Where is the coat?"), (0, "Where is the hat?")])
def test_another_edit_must_wait_until_one_that_failed_is_dealt_with(app, client, session, idx, content):
    assistant = script(app, OUT)
    events_of(edit(client, session, stream=True))
    problem(edit(client, session, idx, content, stream=True), 409, "unanswered")
    assert len(assistant.asked) == 1


def test_a_message_in_the_middle_of_others_is_replaced_with_all_behind_it(app, client, session):
    script(app, "On the hook.")
    add_turn(client, session["id"], "Thanks", "Welcome.")
    assert edit(client, session, 2).json["message_count"] == 4
    assert said(client, session) == ["Hello", "Hi.", "Where is the hat?", "On the hook."]


def test_another_assistant_can_be_asked(app, client, session):
    script(app)
    assert edit(client, session, assistant="archivist").json["message"]["model"] == "archivist"


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"idx": 1}, "#/idx"),
        ({"idx": 3}, "#/idx"),
        ({"idx": 4}, "#/idx"),
        ({"idx": 2**31 - 1}, "#/idx"),
        ({"idx": 2**31}, "#/idx"),
        ({"idx": -1}, "#/idx"),
        ({"idx": "2"}, "#/idx"),
        ({"idx": 2.5}, "#/idx"),
        ({"idx": None}, "#/idx"),
        ({"content": ""}, "#/content"),
        ({"content": " \n"}, "#/content"),
        ({"content": None}, "#/content"),
        ({"assistant": "nobody"}, "#/assistant"),
        ({"stream": "no"}, "#/stream"),
        ({"session_id": NOBODY}, "#/session_id"),
    ],
)
def test_what_cannot_be_edited_is_named_before_the_assistant_is_asked(app, client, session, body, pointer):
    assistant = script(app)
    answer = client.post(f"{session['url']}/edits", json={"idx": 2, "content": "Where is the hat?"} | body)
    assert pointers(problem(answer, 422, "invalid")) == [pointer]
    assert assistant.asked == []
    assert read(client, session["id"]) == session


def test_a_session_that_takes_no_edit_is_told_before_the_assistant_is_asked(app, client, session):
    assistant = script(app)
    with app.app_context():
        theirs = chat(stranger(), "Bob's").id
    for is_streamed in (True, False):
        for session_id in (NOBODY, theirs):
            address = {"url": f"/api/v1/sessions/{session_id}"}
            problem(edit(client, address, 0, stream=is_streamed), 404, "not-found")
        problem(edit(client, session, expected_last_idx=1, stream=is_streamed), 409, "stale-transcript")
        problem(edit(client, make_session(client), 0, stream=is_streamed), 422, "invalid")
    client.delete(session["url"])
    problem(edit(client, session), 409, "archived")
    problem(edit(client, session, stream=True), 409, "archived")
    assert assistant.asked == []


def test_an_edit_sent_twice_with_one_key_is_made_once(app, client, session):
    assistant = script(app, "On the hook.", "Elsewhere.")
    body, headers = {"idx": 0, "content": "Where is the hat?"}, {"Idempotency-Key": "again"}
    first, second = (client.post(f"{session['url']}/edits", json=body, headers=headers) for _ in range(2))
    assert first.data == second.data
    assert second.headers["Idempotency-Replayed"] == "true"
    assert len(assistant.asked) == 1


def test_a_message_that_a_fork_shares_stays_there(app, client, session):
    script(app, "On the hook.")
    fork = client.post(f"{session['url']}/forks", json={"idx": 3}).json
    edit(client, session, 2)
    assert said(client, fork) == ["Hello", "Hi.", "Where is the key?", "Under the mat."]
