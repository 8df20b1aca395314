"""`/live`: the turn in the making, followed, looked at, stopped and taken back, by whichever process is asked."""

import pytest
from sqlalchemy import text

from tests.support.cast import age, chat, stranger
from tests.support.doors import NOBODY, add_turn, make_session, problem, read, script, untraced
from tests.support.events import Listener, events_of, names, text_of
from tests.support.waiting import eventually
from webapp.agent.protocol import AssistantFailed
from webapp.agent.values import End, Usage
from webapp.database.engine import db
from webapp.database.transaction import writing
from webapp.services.live.process.pool import runner

URL = "/api/v1/chat"
WRITTEN, WHOLE = "Under the ", "Under the mat."


class Asked:
    """A question that is being answered, and who listens."""

    def __init__(self, app, session_id=None):
        body = {"content": "Where is the key?", "stream": True, "session_id": session_id}
        self.heard = Listener(app, "POST", URL, json=body)
        started = self.heard.next().data
        self.attempt, self.session_id = started["assistant_message_id"], started["session_id"]
        self.session_url, self.url = f"/api/v1/sessions/{self.session_id}", started["url"]

    def follow(self, client, last_id=None):
        """Listen to it from another place."""
        headers = {} if last_id is None else {"Last-Event-ID": last_id}
        return Listener(client.application, "GET", self.url, headers=headers)


@pytest.fixture
def asked(app, gate):
    """A question whose answer stands still behind "Under the "."""
    script(app, ("Under ", "the ", gate, "mat."))
    asked = Asked(app)
    asked.heard.until(WRITTEN)
    return asked


@pytest.fixture
def finished(asked, gate):
    """One that was answered."""
    gate.open()
    assert asked.heard.rest()[-1].name == "done"
    return asked


@pytest.fixture
def failed(app, client):
    """One that broke off behind "Under the "."""
    script(app, ("Under ", "the ", AssistantFailed("The line broke.")), "Now.")
    asked = Asked(app)
    assert asked.heard.rest()[-1].name == "error"
    return asked


@pytest.fixture
def orphan(app, failed):
    """One whose process was killed."""
    with app.app_context():
        # Until its writer and the flusher have ended, the process would rightly say that it is being written.
        eventually(lambda: not runner().tasks() and runner()._heartbeat is None)
        with writing() as connection:
            connection.execute(text("UPDATE live_turns SET state = 'writing', problem = NULL, reason = NULL"))
        age(failed.session_id)
    return failed


def look(client, asked):
    return client.get(asked.url, headers={"Accept": "application/json"})


def test_it_can_be_followed_from_the_beginning(asked, other, gate):
    follower = asked.follow(other)
    follower.until(WRITTEN)
    gate.open()
    events = follower.rest()
    assert names(events) == ["start", "delta", "done"]
    assert text_of(events) == WHOLE
    assert events[0] == asked.heard.seen[0]
    assert events[-1] == asked.heard.rest()[-1]


def test_all_who_follow_see_the_same(asked, client, elsewhere, gate):
    followers = [asked.heard, asked.follow(client), asked.follow(client), asked.follow(elsewhere)]
    for follower in followers:
        follower.until(WRITTEN)
    gate.open()
    ends = [(text_of(events), events[0], events[-1]) for events in (follower.rest() for follower in followers)]
    assert ends == [ends[0]] * 4
    assert ends[0][0] == WHOLE


@pytest.mark.parametrize("seen", range(len(WRITTEN) + 1))
def test_a_stream_that_broke_off_goes_on_behind_the_last_event(asked, client, gate, seen):
    follower = asked.follow(client, f"{asked.attempt}:{seen}")
    follower.until(WRITTEN[seen:])
    gate.open()
    events = follower.rest()
    assert names(events) == ["delta", "done"]
    assert text_of(events) == WHOLE[seen:]
    assert events[-1].id == f"{asked.attempt}:{len(WHOLE)}"


def test_it_goes_on_in_another_process(asked, elsewhere, gate):
    followers = [asked.follow(elsewhere, f"{asked.attempt}:{seen}") for seen in (3, len(WRITTEN))]
    followers[0].until(WRITTEN[3:])
    gate.open()
    assert [(names(events), text_of(events)) for events in (follower.rest() for follower in followers)] == [
        (["delta", "done"], WHOLE[3:]),
        (["delta", "done"], WHOLE[len(WRITTEN) :]),
    ]


def test_who_has_seen_more_than_is_stored_is_sent_nothing_twice(asked, other, gate):
    follower = asked.follow(other, f"{asked.attempt}:{len(WRITTEN) + 2}")
    gate.open()
    assert text_of(follower.rest()) == WHOLE[len(WRITTEN) + 2 :]


@pytest.mark.parametrize("seen", [0, 3, len(WRITTEN), len(WHOLE), 999])
def test_what_was_finished_meanwhile_is_told_to_its_end(finished, other, seen):
    events = events_of(other.get(finished.url, headers={"Last-Event-ID": f"{finished.attempt}:{seen}"}))
    assert text_of(events) == WHOLE[seen:]
    assert names(events) == (["delta", "done"] if seen < len(WHOLE) else ["done"])
    assert events[-1] == finished.heard.seen[-1]


def test_what_was_finished_meanwhile_keeps_its_facts(app, client):
    script(app, ("Hi.", End(model="m", finish_reason="length", usage=Usage(7, 3))))
    asked = Asked(app)
    asked.heard.rest()
    (done,) = events_of(client.get(asked.url, headers={"Last-Event-ID": f"{asked.attempt}:3"}))
    assert done.data == asked.heard.seen[-1].data
    assert done.data["usage"] == {"input_tokens": 7, "output_tokens": 3}


def test_citations_are_told_again_to_who_missed_the_end(client):
    client.post(URL, json={"content": "Remember: the dentist is on Elm Street."})
    asked = Asked(client.application)
    asked.heard.rest()
    body = {"content": "Where is my dentist?", "session_id": asked.session_id, "stream": True}
    done = events_of(client.post(URL, json=body))[-1]
    events = events_of(client.get(asked.url, headers={"Last-Event-ID": done.id}))
    assert names(events) == ["citation", "done"]
    assert [event.data for event in events[:-1]] == done.data["citations"]
    # What the assistant looked at is told to those who were there: no message keeps it.
    assert done.data["histogram"]
    assert events[-1].data == done.data | {"histogram": []}


@pytest.mark.parametrize(
    "nonsense", ["", "x", ":", ":3", "x:3", "{}", "{}:", "{}:x", "{}:-3", "{}:²", "{}:9999999999", f"{NOBODY}:3", "0:0"]
)
def test_an_id_that_makes_no_sense_is_told_the_whole_text(asked, client, gate, nonsense):
    follower = asked.follow(client, nonsense.format(asked.attempt))
    follower.until(WRITTEN)
    gate.open()
    assert text_of(follower.rest()) == WHOLE


def test_an_id_of_another_attempt_begins_anew(app, client, failed, gate):
    script(app, ("SnapshotReader ", gate, "up."))
    retry = Listener(app, "POST", f"{failed.session_url}/retries", json={"stream": True})
    retry.until("SnapshotReader ")
    follower = failed.follow(client, f"{failed.attempt}:10")
    follower.until("SnapshotReader ")
    gate.open()
    assert names(follower.rest()) == ["start", "delta", "done"]
    assert text_of(follower.seen) == "SnapshotReader up."


def test_an_id_of_an_answer_that_was_kept_is_told_of_that_one_though_another_is_written(app, client, finished, gate):
    gate_behind = type(gate)()
    script(app, ("SnapshotReader ", gate_behind, "up."))
    try:
        again = Asked(app, finished.session_id)
        again.heard.until("SnapshotReader ")
        events = events_of(client.get(finished.url, headers={"Last-Event-ID": finished.heard.seen[0].id}))
        assert text_of(events) == WHOLE
        assert events[-1].data["message"]["id"] == finished.attempt
    finally:
        gate_behind.open()
    assert again.heard.rest()[-1].name == "done"


@pytest.mark.parametrize("accept", ["text/event-stream", "application/json", "*/*", None])
def test_where_nothing_is_written_it_says_where_to_look(app, finished, client, accept):
    with app.app_context():
        theirs = chat(stranger(), "Bob's").id
    headers = {"Accept": accept} if accept else {}
    for session_id in (finished.session_id, NOBODY, theirs):
        address = f"/api/v1/sessions/{session_id}/live"
        assert "messages" in problem(client.get(address, headers=headers), 404, "not-found")["detail"]
        other_attempt = headers | {"Last-Event-ID": f"{NOBODY}:0"}
        problem(client.get(address, headers=other_attempt), 404, "not-found")
        problem(client.delete(address), 404, "not-found")
        problem(client.post(f"{address}/stop"), 404, "not-found")


def test_somebody_elses_answer_is_told_to_nobody(app, client, finished):
    with app.app_context():
        theirs = stranger()
        with writing() as connection:
            connection.execute(text("UPDATE sessions SET owner_id = :id"), {"id": theirs.id})
    problem(client.get(finished.url, headers={"Last-Event-ID": f"{finished.attempt}:0"}), 404, "not-found")


def test_who_wants_json_and_comes_late_is_not_given_events(finished, client):
    headers = {"Accept": "application/json", "Last-Event-ID": f"{finished.attempt}:0"}
    problem(client.get(finished.url, headers=headers), 404, "not-found")


def test_a_look_at_it_says_how_far_it_is(asked, other):
    live = eventually(lambda: (found := look(other, asked).json)["text"] == WRITTEN and found)
    assert live.pop("asked_at").endswith("Z")
    started = asked.heard.seen[0].data
    assert live == {
        "session_id": asked.session_id,
        "user_message_id": started["user_message_id"],
        "assistant_message_id": asked.attempt,
        "assistant": "scripted",
        "state": "writing",
        "content": "Where is the key?",
        "text": WRITTEN,
        "reasoning": None,
        "base_idx": -1,
        "question_idx": 0,
        "replaces_from_idx": None,
        "problem": None,
        "reason": None,
        "provider": None,
    }


def test_a_look_at_one_that_failed_says_why(failed, other):
    live = look(other, failed).json
    assert (live["state"], live["problem"], live["reason"]) == ("failed", "provider-failed", "The line broke.")
    assert live["text"] == WRITTEN


def test_one_that_failed_is_told_so_to_who_follows(failed, other):
    events = failed.follow(other).rest()
    assert names(events) == ["start", "delta", "error"]
    told, heard = events[-1], failed.heard.seen[-1]
    assert (told.id, untraced(told.data)) == (heard.id, untraced(heard.data))
    assert names(failed.follow(other, f"{failed.attempt}:{len(WRITTEN)}").rest()) == ["error"]


def test_one_whose_process_was_killed_was_interrupted(orphan, client):
    assert (look(client, orphan).json["state"], look(client, orphan).json["problem"]) == ("failed", "interrupted")
    told = orphan.follow(client).rest()[-1]
    assert (told.name, told.data["status"], told.data["code"]) == ("error", 409, "interrupted")
    stopped = client.post(f"{orphan.url}/stop").json
    assert (stopped["live"]["problem"], stopped["chat"]) == ("interrupted", None)
    assert client.post(told.data["retry_url"]).json["message"]["content"] == "Now."


def test_one_whose_process_was_killed_can_be_taken_back(orphan, client):
    assert client.delete(orphan.url).json["content"] == "Where is the key?"
    problem(client.get(orphan.session_url), 404)


def test_stopping_keeps_what_is_there(asked, other, client, gate):
    eventually(lambda: look(other, asked).json["text"] == WRITTEN)
    answer = other.post(f"{asked.url}/stop")
    assert answer.status_code == 200
    stopped = answer.json
    assert (stopped["session_id"], stopped["content"], stopped["live"]) == (
        asked.session_id, "Where is the key?", None,
    )  # fmt: skip
    chatted = stopped["chat"]
    assert (chatted["finish_reason"], chatted["message"]["content"]) == ("stopped", WRITTEN)
    assert chatted["message"]["id"] == asked.attempt
    done = asked.heard.rest()[-1]
    assert (done.name, done.data) == ("done", chatted)
    problem(other.post(f"{asked.url}/stop"), 404, "not-found")
    gate.open()
    assert [m["content"] for m in read(client, asked.session_id)["messages"]] == ["Where is the key?", WRITTEN]


def test_stopping_before_the_first_word_gives_the_question_back(app, client, other, gate):
    script(app, (gate, "Too late."))
    session = make_session(client)
    add_turn(client, session["id"])
    before = read(client, session["id"])
    asked = Asked(app, session["id"])
    gate.await_reply()
    assert other.post(f"{asked.url}/stop").json == {
        "session_id": session["id"], "content": "Where is the key?", "chat": None, "live": None,
    }  # fmt: skip
    told = asked.heard.rest()[-1]
    assert (told.name, told.data["status"], told.data["code"]) == ("error", 409, "conflict")
    assert read(client, session["id"]) == before
    problem(other.post(f"{asked.url}/stop"), 404, "not-found")


def test_a_session_that_was_made_for_it_goes_with_it(app, other, gate):
    script(app, (gate, "Too late."))
    asked = Asked(app)
    gate.await_reply()
    assert other.post(f"{asked.url}/stop").json["content"] == "Where is the key?"
    problem(other.get(asked.session_url), 404)


def test_stopping_one_that_failed_leaves_it_as_it_is(failed, other):
    for _ in range(2):
        stopped = other.post(f"{failed.url}/stop").json
        assert stopped["chat"] is None
        assert stopped["live"] == look(other, failed).json


def test_a_stop_that_is_not_heeded_is_not_told_as_done(asked, elsewhere, monkeypatch):
    monkeypatch.setattr("webapp.api.live.STOP_SECONDS", 0.0)
    problem(elsewhere.post(f"{asked.url}/stop"), 409, "request-in-flight")


def test_what_failed_is_taken_back_once(failed, other):
    assert other.delete(failed.url).json == {"session_id": failed.session_id, "content": "Where is the key?"}
    problem(other.delete(failed.url), 404, "not-found")


def test_a_live_turn_takes_no_body_to_stop(asked, client):
    problem(client.post(f"{asked.url}/stop?now=1"), 422, "invalid")


def test_a_follower_elsewhere_is_kept_awake_and_holds_no_connection(asked, elsewhere, gate, monkeypatch):
    monkeypatch.setattr("webapp.services.live.following.QUIET_SECONDS", 0.1)
    followers = [asked.follow(elsewhere) for _ in range(3)]
    for follower in followers:
        follower.until(WRITTEN)
        eventually(lambda heard=follower.reader: heard.comments)
    with elsewhere.application.app_context():
        eventually(lambda: db.engine.pool.checkedout() == 0)
    gate.open()
    assert [names(follower.rest()) for follower in followers] == [["start", "delta", "done"]] * 3
