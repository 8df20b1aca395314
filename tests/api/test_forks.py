"""POST /forks: a session that begins with the messages of another."""

import pytest

from tests.support.accounts import ALICE
from tests.support.cast import chat, kept, stranger
from tests.support.doors import NOBODY, add_turn, make_session, pointers, problem, read, script


@pytest.fixture
def session(client):
    """A session of two turns."""
    session = make_session(client, title="Keys", pinned=True, assistant="archivist")
    add_turn(client, session["id"], "Hello", "Hi.")
    add_turn(client, session["id"], "Where is the key?", "Under the mat.")
    return read(client, session["id"])


def fork(client, session, idx, **headers):
    return client.post(f"{session['url']}/forks", json={"idx": idx}, headers=headers)


@pytest.mark.parametrize("idx", range(4))
def test_a_fork_begins_with_the_same_messages(app, client, session, idx):
    answer = fork(client, session, idx)
    made = read(client, answer.json["id"])
    assert answer.status_code == 201
    assert answer.headers["Location"] == answer.json["url"] == made["url"]
    assert answer.headers["ETag"] == client.get(made["url"]).headers["ETag"]
    assert answer.json | {"messages": made["messages"], "instructions": []} == made
    assert (made["forked_from_id"], made["forked_at_idx"]) == (session["id"], idx)
    assert (made["message_count"], made["title"], made["pinned"]) == (idx + 1, "Keys (fork)", False)
    assert made["assistant"] == "archivist"
    assert made["conversation_id"] != session["conversation_id"]
    assert [(m["id"], m["idx"], m["content"]) for m in made["messages"]] == [
        (m["id"], m["idx"], m["content"]) for m in session["messages"][: idx + 1]
    ]
    assert read(client, session["id"]) == session
    with app.app_context():
        assert kept()["messages"] == 4


def test_other_sessions_are_forks_of_none(session):
    assert (session["forked_from_id"], session["forked_at_idx"]) == (None, None)


def test_both_go_on_by_themselves(app, client, session):
    assistant = script(app, "In the fork.", "In the source.")
    made = fork(client, session, 1).json
    for told, question in ((made, "A?"), (session, "B?")):
        body = {"content": question, "session_id": told["id"], "assistant": "scripted"}
        assert client.post("/api/v1/chat", json=body).status_code == 200
    assert [m["content"] for m in read(client, made["id"])["messages"]] == ["Hello", "Hi.", "A?", "In the fork."]
    assert [m["content"] for m in read(client, session["id"])["messages"]][4:] == ["B?", "In the source."]
    assert assistant.asked[0] == [("user", "Hello"), ("assistant", "Hi."), ("user", "A?")]


def test_a_fork_that_ends_with_a_question_can_be_answered(app, client, session):
    script(app, "In the shed.")
    made = fork(client, session, 2).json
    answer = client.post(f"{made['url']}/retries", json={"assistant": "scripted"})
    assert (answer.status_code, answer.json["idx"]) == (200, 3)
    assert answer.json["user_message_id"] == session["messages"][2]["id"]


def test_a_fork_outlives_its_source(client, session):
    made = fork(client, session, 3).json
    client.delete(session["url"])
    client.delete(f"{session['url']}?purge=true")
    now = read(client, made["id"])
    assert [m["content"] for m in now["messages"]] == [m["content"] for m in session["messages"]]
    assert now["forked_from_id"] is None


def test_a_fork_of_a_fork_is_forked_from_the_fork(client, session):
    made = fork(client, session, 3).json
    again = fork(client, made, 1).json
    assert (again["forked_from_id"], again["forked_at_idx"], again["title"]) == (made["id"], 1, "Keys (fork)")


def test_an_archived_session_can_be_forked(client, session):
    client.delete(session["url"])
    assert fork(client, session, 1).json["archived"] is False


def test_a_session_can_be_forked_while_it_is_answered(app, client, session, gate):
    from tests.support.events import Listener

    script(app, ("On ", gate, "the hook."))
    body = {"content": "And?", "session_id": session["id"], "assistant": "scripted", "stream": True}
    heard = Listener(app, "POST", "/api/v1/chat", json=body)
    heard.until("On ")
    assert fork(client, session, 3).json["message_count"] == 4
    assert pointers(problem(fork(client, session, 4), 422, "invalid")) == ["#/idx"]
    gate.open()
    assert heard.rest()[-1].data["message_count"] == 6


@pytest.mark.parametrize("idx", [-1, 4, 2**31 - 1, 2**31, "1", 1.5, None, True])
def test_a_place_where_no_message_is_is_named(client, session, idx):
    assert pointers(problem(fork(client, session, idx), 422, "invalid")) == ["#/idx"]
    assert len(client.get("/api/v1/sessions").json["data"]) == 1


def test_an_empty_session_has_no_place_to_fork(client):
    assert pointers(problem(fork(client, make_session(client), 0), 422, "invalid")) == ["#/idx"]


def test_what_else_is_sent_is_named(client, session):
    address = f"{session['url']}/forks"
    assert pointers(problem(client.post(address, json={}), 422)) == ["#/idx"]
    assert pointers(problem(client.post(address, json={"idx": 0, "title": "x"}), 422)) == ["#/title"]
    problem(client.post(address), 415, "unsupported-media-type")


def test_nobodys_session_is_not_found(app, client):
    with app.app_context():
        theirs = chat(stranger(), "Bob's").id
        mine = chat(ALICE, "Mine").id
    for session_id in (NOBODY, theirs):
        problem(fork(client, {"url": f"/api/v1/sessions/{session_id}"}, 0), 404, "not-found")
    assert [row["id"] for row in client.get("/api/v1/sessions").json["data"]] == [mine]


def test_a_fork_sent_twice_with_one_key_is_made_once(client, session):
    first, again = (fork(client, session, 1, **{"Idempotency-Key": "once"}) for _ in range(2))
    assert (first.status_code, first.data, first.headers["Location"]) == (201, again.data, again.headers["Location"])
    assert again.headers["Idempotency-Replayed"] == "true"
    problem(fork(client, session, 2, **{"Idempotency-Key": "once"}), 422, "idempotency-key-reused")
    assert len(client.get("/api/v1/sessions").json["data"]) == 2
