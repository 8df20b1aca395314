"""`Idempotency-Key`: a request sent twice with one key makes one thing."""

import threading

import pytest

from tests.support.cast import kept
from tests.support.doors import add_turn, make_session, problem, read, script
from tests.support.events import Listener, events_of, names, text_of
from webapp.agent.protocol import AssistantFailed

CHAT = "/api/v1/chat"


def keyed(client, url, body, key="k-1"):
    return client.post(url, json=body, headers={"Idempotency-Key": key})


def same(first, again):
    return (first.status_code, first.data, first.headers.get("Location"), first.content_type) == (
        again.status_code, again.data, again.headers.get("Location"), again.content_type,
    )  # fmt: skip


def test_a_chat_sent_twice_asks_once_and_answers_the_same(app, client):
    assistant = script(app, "First.", "Second.")
    first = keyed(client, CHAT, {"content": "Hello"})
    again = keyed(client, CHAT, {"content": "Hello"})
    assert first.status_code == 201
    assert same(first, again)
    assert "Idempotency-Replayed" not in first.headers
    assert again.headers["Idempotency-Replayed"] == "true"
    assert len(assistant.asked) == 1
    with app.app_context():
        assert kept() == {"conversations": 1, "messages": 2, "links": 2}


def test_a_chat_in_a_session_sent_twice_makes_one_turn(app, client):
    script(app)
    session = make_session(client)
    body = {"content": "Hello", "session_id": session["id"], "expected_last_idx": -1}
    first = keyed(client, CHAT, body)
    assert same(first, keyed(client, CHAT, body))
    assert first.status_code == 200
    assert read(client, session["id"])["message_count"] == 2


def test_a_session_sent_twice_is_made_once(client):
    first = keyed(client, "/api/v1/sessions", {"title": "Keys"})
    assert same(first, keyed(client, "/api/v1/sessions", {"title": "Keys"}))
    assert len(client.get("/api/v1/sessions").json["data"]) == 1


def test_a_turn_sent_twice_is_appended_once(client):
    url = make_session(client)["url"]
    body = {"user": {"content": "Hello"}, "assistant": {"content": "Hi."}}
    first = keyed(client, f"{url}/turns", body)
    assert same(first, keyed(client, f"{url}/turns", body))
    assert client.get(url).json["message_count"] == 2


def test_the_answer_stays_what_it_was_after_the_session_changed(client):
    first = keyed(client, "/api/v1/sessions", {"title": "Keys"})
    client.patch(first.json["url"], json={"title": "Renamed"})
    assert keyed(client, "/api/v1/sessions", {"title": "Keys"}).json["title"] == "Keys"
    client.delete(first.json["url"])
    client.delete(f"{first.json['url']}?purge=true")
    assert same(first, keyed(client, "/api/v1/sessions", {"title": "Keys"}))
    assert client.get("/api/v1/sessions").json["data"] == []


def test_a_key_with_another_request_is_refused(client):
    url = make_session(client)["url"]
    keyed(client, "/api/v1/sessions", {"title": "Keys"})
    problem(keyed(client, "/api/v1/sessions", {"title": "Doors"}), 422, "idempotency-key-reused")
    turn = {"user": {"content": "a"}, "assistant": {"content": "b"}}
    problem(keyed(client, f"{url}/turns", turn), 422, "idempotency-key-reused")
    assert client.get(url).json["message_count"] == 0


def test_without_a_key_or_with_another_one_it_is_done_again(client):
    for key in ("a", "b"):
        keyed(client, "/api/v1/sessions", {}, key)
    make_session(client)
    make_session(client)
    assert len(client.get("/api/v1/sessions").json["data"]) == 4


def test_while_the_first_is_running_the_second_waits_for_the_same_answer(app, client, gate):
    assistant = script(app, (gate, "At last."), "Once more.")
    answers = []

    def send():
        answers.append(keyed(app.test_client(), CHAT, {"content": "Hello"}))

    senders = [threading.Thread(target=send) for _ in range(3)]
    for sender in senders:
        sender.start()
    gate.await_reply()
    problem(keyed(client, CHAT, {"content": "Other"}), 422, "idempotency-key-reused")
    gate.open()
    for sender in senders:
        sender.join(20)
    assert len(assistant.asked) == 1
    assert {answer.json["message"]["content"] for answer in answers} == {"At last."}
    assert len({answer.json["assistant_message_id"] for answer in answers}) == 1
    assert [answer.status_code for answer in answers] == [201] * 3
    assert len({answer.data for answer in (*answers, keyed(client, CHAT, {"content": "Hello"}))}) == 1
    with app.app_context():
        assert kept() == {"conversations": 1, "messages": 2, "links": 2}


def test_while_the_first_is_running_a_streamed_repeat_follows_it(app, client, gate):
    assistant = script(app, ("Under ", gate, "the mat."))
    request = {"json": {"content": "Hello", "stream": True}, "headers": {"Idempotency-Key": "k-1"}}
    first, second = (Listener(app, "POST", CHAT, **request) for _ in range(2))
    first.until("Under ")
    second.until("Under ")
    gate.open()
    assert first.rest()[-1] == second.rest()[-1]
    assert text_of(first.seen) == text_of(second.seen) == "Under the mat."
    assert len(assistant.asked) == 1


def test_what_is_repeated_in_another_process_follows_the_same_turn(app, elsewhere, gate):
    assistant = script(app, ("Under ", gate, "the mat."))
    request = {"json": {"content": "Hello", "stream": True}, "headers": {"Idempotency-Key": "k-1"}}
    first = Listener(app, "POST", CHAT, **request)
    first.until("Under ")
    second = Listener(elsewhere.application, "POST", CHAT, **request)
    second.until("Under ")
    gate.open()
    assert first.rest()[-1] == second.rest()[-1]
    assert len(assistant.asked) == 1


def test_a_streamed_answer_is_replayed_as_a_stream(app, client):
    assistant = script(app, ("Under ", "the mat."), "Once more.")
    request = {"json": {"content": "Hello", "stream": True}, "headers": {"Idempotency-Key": "k-1"}}
    first = client.post(CHAT, **request)
    told = events_of(first)
    again = client.post(CHAT, **request)
    repeated = events_of(again)
    assert "Idempotency-Replayed" not in first.headers
    assert again.headers["Idempotency-Replayed"] == "true"
    assert names(repeated) == ["start", "delta", "done"]
    assert repeated[-1] == told[-1]
    assert text_of(repeated) == text_of(told)
    known = ("session_id", "user_message_id", "assistant_message_id", "question_idx", "url")
    assert [repeated[0].data[name] for name in known] == [told[0].data[name] for name in known]
    assert len(assistant.asked) == 1


def test_a_stream_that_broke_off_can_be_waited_for_by_its_key(app, client, gate):
    assistant = script(app, ("Under ", gate, "the mat."))
    stream = {"Idempotency-Key": "k-1", "Accept": "text/event-stream"}
    answer = client.post(CHAT, json={"content": "Hello"}, headers=stream, buffered=False)
    next(answer.response)
    answer.close()
    gate.open()
    again = keyed(client, CHAT, {"content": "Hello"})
    assert again.json["message"]["content"] == "Under the mat."
    assert len(assistant.asked) == 1


def test_a_key_whose_stream_failed_tries_again(app, client):
    assistant = script(app, AssistantFailed("The model is out."), "Now.")
    request = {"json": {"content": "Hello", "stream": True}, "headers": {"Idempotency-Key": "k-1"}}
    failed, again = events_of(client.post(CHAT, **request)), events_of(client.post(CHAT, **request))
    assert failed[-1].name == "error"
    assert (again[-1].name, text_of(again)) == ("done", "Now.")
    assert again[-1].data["user_message_id"] == failed[0].data["user_message_id"]
    assert len(assistant.asked) == 2
    with app.app_context():
        assert kept() == {"conversations": 1, "messages": 2, "links": 2}


def test_a_question_that_failed_and_was_tried_again_answers_its_key(app, client):
    script(app, AssistantFailed("The model is out."), "Now.", "Once more.")
    request = {"json": {"content": "Hello", "stream": True}, "headers": {"Idempotency-Key": "k-1"}}
    retried = client.post(events_of(client.post(CHAT, **request))[-1].data["retry_url"])
    again = client.post(CHAT, **request)
    assert again.headers["Idempotency-Replayed"] == "true"
    assert events_of(again)[-1].data == retried.json


def test_what_was_taken_back_or_stopped_frees_its_key(app, client, gate):
    script(app, AssistantFailed("The model is out."), (gate, "Too late."), "Now.")
    request = {"json": {"content": "Hello", "stream": True}, "headers": {"Idempotency-Key": "k-1"}}
    failed = events_of(client.post(CHAT, **request))[-1].data
    assert client.delete(f"/api/v1/sessions/{failed['session_id']}/live").status_code == 200
    heard = Listener(app, "POST", CHAT, **request)
    gate.await_reply()
    assert client.post(f"{heard.next().data['url']}/stop").status_code == 200
    assert heard.rest()[-1].name == "error"
    gate.open()
    assert events_of(client.post(CHAT, **request))[-1].data["message"]["content"] == "Now."


def test_an_answer_that_was_stopped_is_the_answer_of_its_key(app, client, gate):
    assistant = script(app, ("Under ", gate, "the mat."))
    request = {"json": {"content": "Hello", "stream": True}, "headers": {"Idempotency-Key": "k-1"}}
    heard = Listener(app, "POST", CHAT, **request)
    heard.until("Under ")
    stopped = client.post(f"{heard.seen[0].data['url']}/stop").json
    gate.open()
    assert events_of(client.post(CHAT, **request))[-1].data == stopped["chat"]
    assert len(assistant.asked) == 1


def test_a_streamed_request_and_one_that_waits_are_two(app, client):
    script(app)
    keyed(client, CHAT, {"content": "Hello"})
    problem(keyed(client, CHAT, {"content": "Hello", "stream": True}), 422, "idempotency-key-reused")


def test_one_key_for_two_sessions_is_refused(app, client):
    script(app)
    for action in ("retries", "edits", "forks"):
        first, second = make_session(client), make_session(client)
        for session in (first, second):
            add_turn(client, session["id"])
        body = {"retries": {}, "edits": {"idx": 0, "content": "a"}, "forks": {"idx": 0}}[action]
        assert keyed(client, f"{first['url']}/{action}", body, action).status_code in {200, 201}
        problem(keyed(client, f"{second['url']}/{action}", body, action), 422, "idempotency-key-reused")
        assert read(client, second["id"])["revision"] == 2


@pytest.mark.parametrize("failure", [AssistantFailed("The model is out."), ""])
def test_a_request_that_failed_frees_its_key(app, client, failure):
    script(app, failure, "Now.")
    problem(keyed(client, CHAT, {"content": "Hello"}), 502)
    answer = keyed(client, CHAT, {"content": "Hello"})
    assert (answer.status_code, answer.json["message"]["content"]) == (201, "Now.")


def test_a_refused_request_frees_its_key(client):
    session = make_session(client)
    add_turn(client, session["id"])
    body = {"content": "Hello", "session_id": session["id"], "expected_last_idx": -1}
    problem(keyed(client, CHAT, body), 409, "stale-transcript")
    assert keyed(client, CHAT, body | {"expected_last_idx": 1}).status_code == 200


def test_a_body_that_cannot_be_read_takes_no_key(client):
    problem(client.post(CHAT, data=b"{", content_type="application/json", headers={"Idempotency-Key": "k-1"}), 400)
    assert keyed(client, CHAT, {"content": "Hello"}).status_code == 201


@pytest.mark.parametrize("key", ["k", "~" * 255, '"quoted"', "8e03978e-40d5-43dd-bc93-6894a57f9324"])
def test_every_printable_key_will_do(client, key):
    assert same(keyed(client, "/api/v1/sessions", {}, key), keyed(client, "/api/v1/sessions", {}, key))


@pytest.mark.parametrize("key", ["", "k" * 256, "é", "a b", "a\tb", "\x7f"])
def test_any_other_key_is_refused_and_nothing_is_made(client, key):
    for address, body in (("/api/v1/sessions", {}), (CHAT, {"content": "Hello"})):
        told = problem(keyed(client, address, body, key), 422, "invalid")
        assert [field["pointer"] for field in told["errors"]] == ["Idempotency-Key"]
    assert client.get("/api/v1/sessions").json["data"] == []
