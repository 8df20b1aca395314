"""POST /retries: what was not answered is asked again, what was answered is answered anew."""

import pytest

from tests.support.cast import chat, kept, stranger
from tests.support.doors import NOBODY, add_turn, make_session, pointers, problem, read, script
from tests.support.events import Listener, events_of, names, text_of
from webapp.agent.protocol import AssistantFailed

OUT = AssistantFailed("The model is out.")


@pytest.fixture
def session(client):
    """A session of two turns."""
    session = make_session(client)
    add_turn(client, session["id"], "Hello", "Hi.")
    add_turn(client, session["id"], "Where is the key?", "Under the mat.")
    return read(client, session["id"])


def retry(client, session, **body):
    return client.post(f"{session['url']}/retries", json=body)


def said(client, session):
    return [message["content"] for message in read(client, session["id"])["messages"]]


def fail(client, session, **more):
    """Let a streamed question fail."""
    body = {"content": "And then?", "session_id": session["id"], "stream": True, **more}
    events = events_of(client.post("/api/v1/chat", json=body))
    assert events[-1].name == "error"
    return events


def test_the_last_answer_is_made_anew(app, client, session):
    assistant = script(app, "In the shed.")
    answer = retry(client, session, expected_last_idx=3)
    now = read(client, session["id"])
    assert answer.status_code == 200
    assert answer.headers["ETag"] == client.get(session["url"]).headers["ETag"]
    assert "Location" not in answer.headers
    assert assistant.asked == [[("user", "Hello"), ("assistant", "Hi."), ("user", "Where is the key?")]]
    assert said(client, session) == ["Hello", "Hi.", "Where is the key?", "In the shed."]
    assert now["messages"][:3] == session["messages"][:3]
    assert (now["message_count"], now["revision"]) == (4, session["revision"] + 1)
    assert answer.json["message"] == now["messages"][3]
    assert answer.json["user_message_id"] == session["messages"][2]["id"]
    assert answer.json["assistant_message_id"] not in {m["id"] for m in session["messages"]}
    assert (answer.json["idx"], answer.json["message_count"]) == (3, 4)
    with app.app_context():
        assert kept()["messages"] == 4


def test_it_needs_no_body(app, client, session):
    script(app, "In the shed.", "On the roof.")
    assert client.post(f"{session['url']}/retries").json["message"]["content"] == "In the shed."
    assert retry(client, session).json["message"]["content"] == "On the roof."


def test_another_assistant_can_be_asked(app, client, session):
    script(app)
    assert retry(client, session, assistant="archivist").json["message"]["model"] == "archivist"
    assert read(client, session["id"])["assistant"] == "archivist"


def test_it_can_be_streamed_and_the_old_answer_stays_until_the_end(app, client, session, gate):
    script(app, ("In ", gate, "the shed."))
    heard = Listener(app, "POST", f"{session['url']}/retries", json={"stream": True})
    heard.until("In ")
    started = heard.seen[0].data
    assert (started["question_idx"], started["replaces_from_idx"]) == (2, 3)
    assert started["user_message_id"] == session["messages"][2]["id"]
    assert read(client, session["id"]) == session
    gate.open()
    assert names(heard.rest()) == ["start", "delta", "done"]
    assert said(client, session)[3] == "In the shed."


def test_an_answer_that_cannot_be_made_anew_stays(app, client, session):
    script(app, OUT, OUT)
    assert problem(retry(client, session), 502, "provider-failed")["detail"] == "The model is out."
    assert read(client, session["id"]) == session
    problem(client.delete(f"{session['url']}/live"), 404)
    assert events_of(retry(client, session, stream=True))[-1].name == "error"
    assert read(client, session["id"]) == session


def test_a_question_that_was_not_answered_is_asked_again(app, client, session):
    assistant = script(app, OUT, OUT, "Then this.")
    first = fail(client, session)
    second = events_of(retry(client, session, stream=True))
    answer = retry(client, session, expected_last_idx=3)
    assert answer.status_code == 200
    assert said(client, session)[4:] == ["And then?", "Then this."]
    assert answer.json["user_message_id"] == first[0].data["user_message_id"] == second[0].data["user_message_id"]
    attempts = {first[0].attempt, second[0].attempt, answer.json["assistant_message_id"]}
    assert len(attempts) == 3
    assert assistant.asked[0] == assistant.asked[1] == assistant.asked[2]


def test_the_first_question_of_a_new_session_is_tried_again_as_one_that_made_it(app, client):
    script(app, OUT, "Hi.")
    failed = events_of(client.post("/api/v1/chat", json={"content": "Hello", "stream": True}))[-1].data
    answer = client.post(failed["retry_url"])
    assert (answer.status_code, answer.headers["Location"]) == (201, answer.json["url"])
    assert read(client, failed["session_id"])["title"] == "Hello"


@pytest.mark.parametrize("is_streamed", [True, False])
def test_another_answer_that_failed_is_tried_again(app, client, session, is_streamed):
    script(app, OUT, "In the shed.")
    events_of(retry(client, session, stream=True))
    answer = retry(client, session, stream=is_streamed)
    assert answer.status_code == 200
    assert "In the shed." in answer.text
    assert said(client, session)[2:] == ["Where is the key?", "In the shed."]


@pytest.mark.parametrize("is_streamed", [True, False])
def test_an_edit_that_failed_is_tried_again(app, client, session, is_streamed):
    assistant = script(app, OUT, "Good day.")
    body = {"idx": 0, "content": "Good morning", "stream": True}
    assert events_of(client.post(f"{session['url']}/edits", json=body))[-1].name == "error"
    assert read(client, session["id"]) == session
    answer = retry(client, session, stream=is_streamed)
    assert answer.status_code == 200
    assert "Good day." in answer.text
    assert said(client, session) == ["Good morning", "Good day."]
    assert assistant.asked[1] == [("user", "Good morning")]


def test_what_there_is_nothing_of_cannot_be_made_anew(app, client):
    assistant = script(app)
    session = make_session(client)
    told = problem(retry(client, session), 422, "invalid")
    assert "Send a message first" in told["detail"]
    problem(retry(client, session, stream=True), 422, "invalid")
    assert assistant.asked == []


def test_who_has_not_seen_the_last_message_is_refused(app, client, session):
    assistant = script(app)
    for is_streamed in (True, False):
        told = problem(retry(client, session, expected_last_idx=1, stream=is_streamed), 409, "stale-transcript")
        assert told["last_idx"] == 3
    assert assistant.asked == []


def test_an_archived_session_is_answered_no_more(app, client, session):
    assistant = script(app)
    client.delete(session["url"])
    problem(retry(client, session), 409, "archived")
    problem(retry(client, session, stream=True), 409, "archived")
    assert assistant.asked == []


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"assistant": "nobody"}, "#/assistant"),
        ({"content": "Hello"}, "#/content"),
        ({"stream": 1}, "#/stream"),
        ({"expected_last_idx": -2}, "#/expected_last_idx"),
        ([], "#"),
    ],
)
def test_what_cannot_be_wanted_is_named(app, client, session, body, pointer):
    assistant = script(app)
    told = problem(client.post(f"{session['url']}/retries", json=body), 422, "invalid")
    assert pointers(told) == [pointer]
    assert assistant.asked == []


def test_a_body_of_another_kind_is_refused(client, session):
    address = f"{session['url']}/retries"
    problem(client.post(address, data=b"{}", content_type="text/plain"), 415, "unsupported-media-type")
    problem(client.post(address, data=b"{}"), 415, "unsupported-media-type")
    problem(client.post(address, data=b"", content_type="application/json"), 400, "bad-request")


def test_nobodys_session_is_not_found(app, client):
    with app.app_context():
        theirs = chat(stranger(), "Bob's").id
    for session_id in (NOBODY, theirs):
        problem(client.post(f"/api/v1/sessions/{session_id}/retries"), 404, "not-found")
        problem(client.post(f"/api/v1/sessions/{session_id}/retries", json={"stream": True}), 404, "not-found")


def test_a_retry_sent_twice_with_one_key_is_made_once(app, client, session):
    assistant = script(app, "In the shed.", "On the roof.")
    headers = {"Idempotency-Key": "again"}
    first, second = (client.post(f"{session['url']}/retries", headers=headers) for _ in range(2))
    assert first.data == second.data
    assert second.headers["Idempotency-Replayed"] == "true"
    assert len(assistant.asked) == 1
    assert said(client, session)[3] == "In the shed."


def test_the_text_comes_in_pieces_of_the_new_answer_only(app, client, session):
    script(app, ("In ", "the ", "shed."))
    assert text_of(events_of(retry(client, session, stream=True))) == "In the shed."


def test_a_question_that_waited_goes_on_waiting_if_its_retry_fails_too(app, client, session):
    script(app, AssistantFailed("Out."), AssistantFailed("Still out."), "Here.")
    events_of(client.post("/api/v1/chat", json={"content": "Hello", "session_id": session["id"], "stream": True}))

    problem(retry(client, session), 502, "provider-failed")
    waiting = client.get(f"/api/v1/sessions/{session['id']}/live", headers={"Accept": "application/json"}).json
    assert (waiting["state"], waiting["content"], waiting["reason"]) == ("failed", "Hello", "Still out.")

    assert retry(client, session).json["message"]["content"] == "Here."
