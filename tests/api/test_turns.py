"""POST /api/v1/sessions/{id}/turns: a finished turn made elsewhere."""

import pytest

from tests.support.cast import chat, stranger
from tests.support.doors import NOBODY, add_turn, make_session, pointers, problem, read, read_from

TURN = {"user": {"content": "Hello"}, "assistant": {"content": "Hi."}}


@pytest.fixture
def url(client):
    return make_session(client)["url"] + "/turns"


def test_both_messages_are_appended_and_answered(client, url):
    answer = client.post(url, json=TURN)
    turn = answer.json
    session = client.get(url.removesuffix("/turns")).json
    assert answer.status_code == 201
    assert turn["messages"] == session["messages"]
    assert [m["content"] for m in turn["messages"]] == ["Hello", "Hi."]
    assert [m["id"] for m in turn["messages"]] == [turn["user_message_id"], turn["assistant_message_id"]]
    assert turn["id"] == turn["user_message_id"]
    assert (turn["session_id"], turn["conversation_id"]) == (session["id"], session["conversation_id"])
    assert (turn["message_count"], turn["revision"]) == (2, 2)
    assert answer.headers["ETag"] == client.get(url.removesuffix("/turns")).headers["ETag"]
    assert client.get(answer.headers["Location"]).json == turn["messages"][0]


def test_content_is_kept_to_the_letter(client, url):
    said = "  \n# Tab\t \r\n\u2028 e\u0301 \U0001f511 <b>&amp;</b> \x01 \ufffd  "
    answer = client.post(url, json={"user": {"content": said}, "assistant": {"content": said + "\n"}})
    assert [m["content"] for m in answer.json["messages"]] == [said, said + "\n"]
    assert [m["content"] for m in read(client, answer.json["session_id"])["messages"]] == [said, said + "\n"]


def test_when_it_was_said_and_by_which_model_is_kept(client, url):
    turn = {
        "user": {"content": "Hello", "create_time": "2024-02-29T23:30:00+02:00"},
        "assistant": {"content": "Hi.", "model": "gpt-9", "create_time": "2024-02-29T21:30:05.123456Z"},
    }
    user, assistant = client.post(url, json=turn).json["messages"]
    assert user["create_time"] == "2024-02-29T21:30:00Z"
    assert assistant["create_time"] == "2024-02-29T21:30:05.123456Z"
    assert (user["model"], assistant["model"]) == (None, "gpt-9")


def test_an_older_time_changes_no_order(client, url):
    client.post(url, json=TURN)
    client.post(url, json=TURN | {"user": {"content": "Long ago", "create_time": "1999-01-01T00:00:00Z"}})
    assert [m["content"] for m in client.get(url.removesuffix("/turns")).json["messages"]][2] == "Long ago"


@pytest.mark.parametrize(
    "moment",
    [
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-01:00",
        "2024-01-01T00:00:00",
        "yesterday",
        "2024-02-30T00:00:00Z",
        5,
    ],
)
@pytest.mark.one_database("PostgreSQL refuses more, so what comes through to it shows there.", engine="postgres")
def test_a_time_that_is_no_instant_is_named(client, url, moment):
    told = problem(client.post(url, json=TURN | {"user": {"content": "a", "create_time": moment}}), 422)
    assert pointers(told) == ["#/user/create_time"]


@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999999Z"])
def test_the_ends_of_the_calendar_are_kept_and_shown(client, url, moment):
    turn = client.post(url, json=TURN | {"user": {"content": "a", "create_time": moment}}).json
    assert turn["messages"][0]["create_time"] == moment
    for zone in ("Asia/Tokyo", "America/Lima"):
        assert read_from(client, f"/sessions/{turn['session_id']}", zone).status_code == 200


def test_the_last_seen_idx_must_be_the_last(client, url):
    assert client.post(url, json=TURN | {"expected_last_idx": -1}).status_code == 201
    assert client.post(url, json=TURN | {"expected_last_idx": 1.0}).status_code == 201
    told = problem(client.post(url, json=TURN | {"expected_last_idx": 1}), 409, "stale-transcript")
    assert told["last_idx"] == 3
    assert client.get(url.removesuffix("/turns")).json["message_count"] == 4


def test_an_archived_session_takes_no_turn(client):
    session = make_session(client)
    client.delete(session["url"])
    problem(client.post(f"{session['url']}/turns", json=TURN), 409, "archived")
    assert read(client, session["id"])["messages"] == []


def test_what_is_not_there_or_somebody_elses_is_not_found(app, client):
    with app.app_context():
        theirs = chat(stranger(), "Bob's")
    for session_id in (NOBODY, theirs.id, "x"):
        problem(client.post(f"/api/v1/sessions/{session_id}/turns", json=TURN), 404, "not-found")


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"user": {"content": ""}}, "#/user/content"),
        ({"assistant": {"content": " \n\t"}}, "#/assistant/content"),
        ({"user": {"content": "a\0"}}, "#/user/content"),
        ({"assistant": {"content": None}}, "#/assistant/content"),
        ({"assistant": {"content": "a", "model": "m" * 201}}, "#/assistant/model"),
        ({"user": {"content": "a", "role": "user"}}, "#/user/role"),
        ({"user": {}}, "#/user/content"),
        ({"user": "Hello"}, "#/user"),
        ({"expected_last_idx": 2**31}, "#/expected_last_idx"),
        ({"expected_last_idx": 1.5}, "#/expected_last_idx"),
        ({"expected_last_idx": "1"}, "#/expected_last_idx"),
        ({"expected_last_idx": True}, "#/expected_last_idx"),
    ],
)
@pytest.mark.one_database("PostgreSQL refuses more, so what comes through to it shows there.", engine="postgres")
def test_what_cannot_be_kept_is_named_and_neither_message_is_stored(client, url, change, pointer):
    assert pointers(problem(client.post(url, json=TURN | change), 422, "invalid")) == [pointer]
    assert client.get(url.removesuffix("/turns")).json["message_count"] == 0


def test_a_content_too_long_is_named_with_the_limit(make_app):
    client = make_app(max_content_chars=10).test_client()
    session = make_session(client)
    add_turn(client, session["id"], "é" * 10, "ok")
    told = problem(
        client.post(f"{session['url']}/turns", json=TURN | {"assistant": {"content": "é" * 11}}), 422, "invalid"
    )
    assert pointers(told) == ["#/assistant/content"]
    assert "limit is 10" in told["detail"]
