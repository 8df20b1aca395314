"""`Idempotency-Key`: a request sent twice with one key makes one thing."""

import threading

import pytest

from tests.doors import add_turn, make_session, problem, read, script
from tests.services.cast import kept
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


def test_while_the_first_is_running_the_second_is_told_to_wait(app, client):
    asked, go_on = threading.Event(), threading.Event()

    def think():
        asked.set()
        assert go_on.wait(20)
        return "At last."

    assistant = script(app, think)
    answers = []
    first = threading.Thread(target=lambda: answers.append(keyed(app.test_client(), CHAT, {"content": "Hello"})))
    first.start()
    try:
        assert asked.wait(20)
        second = keyed(client, CHAT, {"content": "Hello"})
        told = problem(second, 409, "request-in-flight")
        assert int(second.headers["Retry-After"]) > 0
        assert "running" in told["detail"]
        problem(keyed(client, CHAT, {"content": "Other"}), 422, "idempotency-key-reused")
    finally:
        go_on.set()
        first.join(20)
    assert answers[0].status_code == 201
    assert same(answers[0], keyed(client, CHAT, {"content": "Hello"}))
    assert len(assistant.asked) == 1


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
    told = problem(keyed(client, "/api/v1/sessions", {}, key), 422, "invalid")
    assert [field["pointer"] for field in told["errors"]] == ["Idempotency-Key"]
    assert client.get("/api/v1/sessions").json["data"] == []
