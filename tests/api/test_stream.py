"""`stream`: an answer is sent as it is written."""

import pytest

from tests.support.accounts import ALICE
from tests.support.cast import chat, kept, live_rows
from tests.support.doors import NOBODY, add_turn, make_session, pointers, problem, read, script
from tests.support.events import Listener, events_of, names, text_of
from tests.support.waiting import eventually
from webapp.agent.protocol import AssistantFailed
from webapp.agent.values import End, MonthCount, Reasoning, Rethought, Usage
from webapp.api.schemas.chat import ChatOut
from webapp.api.schemas.live import EVENTS
from webapp.database.engine import db

URL = "/api/v1/chat"


def stream(client, content="Where is the key?", **more):
    return client.post(URL, json={"content": content, "stream": True, **more})


def listen(app, content="Where is the key?", **more):
    return Listener(app, "POST", URL, json={"content": content, "stream": True, **more})


def test_an_answer_starts_grows_and_is_done(app, client):
    script(app, ("Under ", "the ", "mat."))
    answer = stream(client)
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-Accel-Buffering"] == "no"
    assert "Content-Length" not in answer.headers
    events = events_of(answer)
    assert names(events) == ["start", "delta", "done"]
    assert text_of(events) == "Under the mat."
    session = read(client, events[-1].data["session_id"])
    assert [m["content"] for m in session["messages"]] == ["Where is the key?", "Under the mat."]


def test_it_is_streamed_to_whoever_accepts_events(app, client):
    script(app)
    for accept in ("text/event-stream", "application/json, text/event-stream", "text/event-stream;q=0.1"):
        assert names(events_of(client.post(URL, json={"content": "Hello"}, headers={"Accept": accept})))[-1] == "done"


@pytest.mark.parametrize("accept", ["*/*", "application/json", "text/*", "text/event-stream;q=0, */*", "nonsense", ""])
def test_to_anybody_else_it_is_not(app, client, accept):
    script(app)
    answer = client.post(URL, json={"content": "Hello"}, headers={"Accept": accept})
    assert (answer.status_code, answer.content_type) == (201, "application/json")


def test_the_start_says_what_is_known_before_the_first_word(app, client):
    script(app)
    session = make_session(client)
    add_turn(client, session["id"])
    events = events_of(stream(client, session_id=session["id"]))
    messages = read(client, session["id"])["messages"]
    assert events[0].data == {
        "session_id": session["id"],
        "user_message_id": messages[2]["id"],
        "assistant_message_id": messages[3]["id"],
        "assistant": "scripted",
        "question_idx": 2,
        "replaces_from_idx": None,
        "url": f"{session['url']}/live",
    }


def test_the_end_is_the_answer_that_would_have_been_waited_for(app, client):
    facts = End(model="m", finish_reason="length", usage=Usage(7, 3), histogram=(MonthCount("2026-01", 2),))
    script(app, ("Hi.", facts), ("Hi.", facts))
    streamed = events_of(stream(client, "Hello"))[-1].data
    waited = client.post(URL, json={"content": "Hello"}).json
    assert streamed.keys() == waited.keys()
    assert {k: v for k, v in streamed.items() if v == waited[k]}.keys() >= {
        "idx", "citations", "histogram", "usage", "finish_reason", "message_count", "revision",
    }  # fmt: skip
    assert (streamed["usage"], streamed["finish_reason"]) == ({"input_tokens": 7, "output_tokens": 3}, "length")
    assert streamed["histogram"] == [{"month": "2026-01", "count": 2}]
    session = read(client, streamed["session_id"])
    assert streamed["message"] == session["messages"][1]
    assert streamed["conversation_id"] == session["conversation_id"]
    assert streamed["revision"] == session["revision"]


def test_every_id_is_the_attempt_and_the_characters_it_leads_up_to(app, client):
    script(app, ("Käse ", "🧀", " ja"))
    events = events_of(stream(client))
    attempt, so_far = events[0].data["assistant_message_id"], ""
    assert events[0].id == f"{attempt}:0"
    for event in events[1:]:
        so_far += event.data.get("text", "")
        assert event.id == f"{attempt}:{len(so_far)}"
    assert so_far == "Käse 🧀 ja"


@pytest.mark.parametrize(
    "text", ["a\nb\r\nc\rd", "\u2028 \x85 \x0b", "data: x\n\nevent: done\n\n", "\ufeffa", "🧀" * 3]
)
def test_no_text_breaks_the_frame(app, client, text):
    script(app, tuple(text))
    events = events_of(stream(client))
    assert names(events) == ["start", "delta", "done"]
    assert text_of(events) == events[-1].data["message"]["content"] == text


def test_a_character_that_comes_in_halves_is_sent_whole(app, client):
    script(app, ("a\ud83e", "\uddc0b", "\ud83e"))
    events = events_of(stream(client))
    assert text_of(events) == events[-1].data["message"]["content"] == "a🧀b\ufffd"


def test_citations_come_before_the_end_that_lists_them(client):
    said = client.post(URL, json={"content": "Remember: the dentist is on Elm Street."}).json
    events = events_of(stream(client, "Where is my dentist?"))
    assert names(events) == ["start", "delta", "citation", "done"]
    cited = [event.data for event in events if event.name == "citation"]
    assert cited == events[-1].data["citations"]
    assert cited[0]["message_id"] == said["user_message_id"]
    assert events[-1].data["histogram"]


def test_all_that_is_sent_has_the_shape_that_is_declared(app, client):
    client.post(URL, json={"content": "Remember: the dentist is on Elm Street."})
    events = events_of(stream(client, "Where is my dentist?"))
    script(app, AssistantFailed("The model is out."))
    events += events_of(stream(client, assistant="scripted"))
    script(app, ("hm", Rethought(), Reasoning("."), "Grey."))
    events += events_of(stream(client, assistant="scripted"))
    assert {event.name for event in events} == set(EVENTS)
    for event in events:
        EVENTS[event.name].model_validate(event.data)
    assert EVENTS["done"] is ChatOut


def test_a_shape_that_is_not_the_declared_one_is_noticed(app, client, monkeypatch):
    script(app)
    monkeypatch.setattr("webapp.api.answering.start_json", lambda live: {"assistant_message_id": live.attempt})
    (event,) = events_of(stream(client))
    assert (event.name, event.data["code"]) == ("error", "provider-failed")
    assert "unexpected error" in event.data["detail"]


def test_what_is_written_is_seen_before_the_rest_is(app, gate):
    script(app, ("Under ", gate, "the mat."))
    heard = listen(app)
    heard.until("Under ")
    assert names(heard.seen) == ["start", "delta"]
    with app.app_context():
        assert kept()["messages"] == 0
    gate.open()
    assert text_of(heard.rest()) == "Under the mat."


def test_what_is_refused_is_refused_before_anything_is_streamed(app, client):
    assistant = script(app)
    session = make_session(client)
    add_turn(client, session["id"])
    assert pointers(problem(stream(client, ""), 422, "invalid")) == ["#/content"]
    assert pointers(problem(stream(client, assistant="nobody"), 422, "invalid")) == ["#/assistant"]
    assert pointers(problem(client.post(URL, json={"content": "a", "stream": "yes"}), 422)) == ["#/stream"]
    problem(stream(client, session_id=NOBODY), 404, "not-found")
    problem(stream(client, session_id=session["id"], expected_last_idx=-1), 409, "stale-transcript")
    problem(stream(client, expected_last_idx=0), 409, "stale-transcript")
    client.delete(session["url"])
    problem(stream(client, session_id=session["id"]), 409, "archived")
    assert assistant.asked == []


@pytest.mark.parametrize("line", [AssistantFailed("The model is out."), RuntimeError("a secret"), "", " \n\t"])
def test_a_failure_ends_the_stream_with_a_problem_and_keeps_the_question(app, client, line):
    script(app, line, "Now.")
    events = events_of(stream(client, "Hello"))
    told = events[-1].data
    assert names(events) in (["start", "error"], ["start", "delta", "error"])
    assert (told["status"], told["code"], told["type"]) == (502, "provider-failed", "/api/v1/docs#provider-failed")
    assert told["title"]
    assert "secret" not in told["detail"]
    assert told["retry_url"] == f"/api/v1/sessions/{told['session_id']}/retries"
    with app.app_context():
        assert kept()["messages"] == 0
    answer = client.post(told["retry_url"])
    assert answer.json["user_message_id"] == events[0].data["user_message_id"]
    assert answer.json["assistant_message_id"] != events[0].data["assistant_message_id"]
    assert [m["content"] for m in read(client, told["session_id"])["messages"]] == ["Hello", "Now."]


def test_a_failure_in_mid_reply_ends_the_stream_where_it_was(app, client):
    script(app, ("Under ", "the", AssistantFailed("The line broke.")))
    events = events_of(stream(client))
    assert names(events) == ["start", "delta", "error"]
    assert (text_of(events), events[-1].length) == ("Under the", 9)
    live = client.get(events[0].data["url"], headers={"Accept": "application/json"}).json
    assert (live["state"], live["problem"], live["reason"]) == ("failed", "provider-failed", "The line broke.")
    assert (live["text"], live["content"]) == ("Under the", "Where is the key?")


def test_a_question_that_failed_can_be_taken_back(app, client):
    script(app, AssistantFailed("The model is out."), AssistantFailed("The model is out."))
    told = events_of(stream(client, "Hello"))[-1].data
    address = f"/api/v1/sessions/{told['session_id']}"
    assert client.delete(f"{address}/live").json == {"session_id": told["session_id"], "content": "Hello"}
    problem(client.get(address), 404)
    session = make_session(client)
    add_turn(client, session["id"])
    before = read(client, session["id"])
    events_of(stream(client, "Hello", session_id=session["id"]))
    assert client.delete(f"{session['url']}/live").status_code == 200
    assert read(client, session["id"]) == before


def test_a_turn_that_comes_in_between_is_told(app, client, gate):
    script(app, ("Under ", gate, "the mat."))
    session = make_session(client)
    heard = listen(app, session_id=session["id"])
    heard.until("Under ")
    add_turn(client, session["id"])
    gate.open()
    told = heard.rest()[-1]
    assert (told.name, told.data["status"], told.data["code"]) == ("error", 409, "stale-transcript")
    assert read(client, session["id"])["message_count"] == 2


def test_who_hangs_up_does_not_end_the_turn(app, client, gate):
    script(app, ("Under ", gate, "the mat."))
    session = make_session(client)
    answer = client.post(URL, json={"content": "Hello", "session_id": session["id"], "stream": True}, buffered=False)
    next(answer.response)
    answer.close()
    gate.open()
    eventually(lambda: read(client, session["id"])["message_count"] == 2)
    assert read(client, session["id"])["messages"][1]["content"] == "Under the mat."
    with app.app_context():
        assert live_rows() == []


def test_a_silent_line_is_kept_open_with_comments(app, gate, monkeypatch):
    monkeypatch.setattr("webapp.services.live.following.QUIET_SECONDS", 0.01)
    script(app, (gate, "At last."))
    heard = listen(app)
    eventually(lambda: len(heard.reader.comments) > 3)
    gate.open()
    assert names(heard.rest()) == ["start", "delta", "done"]
    assert text_of(heard.seen) == "At last."


def test_many_who_wait_hold_no_connection(make_app, gate):
    app = make_app(threads=1)
    script(app, *[(gate, "At last.")] * 5)
    heard = [listen(app) for _ in range(5)]
    for listener in heard:
        assert listener.next().name == "start"
    with app.app_context():
        eventually(lambda: db.engine.pool.checkedout() == 0)
    assert app.test_client().get("/api/v1/sessions").status_code == 200
    gate.open()
    assert [text_of(listener.rest()) for listener in heard] == ["At last."] * 5


def test_while_it_is_written_nothing_else_is_asked_in_its_session(app, client, gate):
    assistant = script(app, ("Under ", gate, "the mat."))
    with app.app_context():
        session = chat(ALICE, "Hello")
    address = f"/api/v1/sessions/{session.id}"
    heard = listen(app, session_id=session.id)
    heard.until("Under ")
    for is_streamed in (True, False):
        more = {"stream": is_streamed}
        problem(client.post(URL, json={"content": "And?", "session_id": session.id} | more), 409, "answering")
        problem(client.post(f"{address}/retries", json=more), 409, "answering")
        problem(client.post(f"{address}/edits", json={"idx": 0, "content": "Hi"} | more), 409, "answering")
    problem(client.delete(f"{address}/live"), 409, "answering")
    gate.open()
    assert heard.rest()[-1].name == "done"
    assert len(assistant.asked) == 1


def test_after_a_failure_another_text_must_wait_and_the_same_text_is_the_retry(app, client):
    assistant = script(app, AssistantFailed("The model is out."), "Now.")
    failed = events_of(stream(client, "Hello"))
    session_id = failed[-1].data["session_id"]
    problem(stream(client, "Something else", session_id=session_id), 409, "unanswered")
    assert len(assistant.asked) == 1
    events = events_of(stream(client, "Hello", session_id=session_id))
    assert events[-1].data["user_message_id"] == failed[0].data["user_message_id"]
    assert [m["content"] for m in read(client, session_id)["messages"]] == ["Hello", "Now."]


def test_who_waits_and_holds_the_text_goes_before_what_failed(app, client):
    script(app, AssistantFailed("The model is out."), "Now.")
    session_id = events_of(stream(client, "Hello"))[-1].data["session_id"]
    answer = client.post(URL, json={"content": "Something else", "session_id": session_id})
    assert answer.status_code == 200
    assert [m["content"] for m in read(client, session_id)["messages"]] == ["Something else", "Now."]


def test_an_answer_that_ends_at_once_is_told_as_whole(app, client, monkeypatch):
    """Whoever begins a turn follows it, even if it was finished before they looked."""
    from webapp.services.workers.pool import Pool

    launch = Pool.launch

    def wait_for_the_end(self, draft, work, key):
        launch(self, draft, work, key)
        eventually(lambda: self.find(key) is None)

    monkeypatch.setattr(Pool, "launch", wait_for_the_end)
    script(app, *[("Hi.", End(model="m", histogram=(MonthCount("2026-01", 2),)))] * 2)
    counted = [{"month": "2026-01", "count": 2}]
    assert client.post(URL, json={"content": "Hello"}).json["histogram"] == counted
    events = events_of(stream(client))
    assert (text_of(events), events[-1].data["histogram"]) == ("Hi.", counted)
