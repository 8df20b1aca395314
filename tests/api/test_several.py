"""POST /api/v1/sessions/changes: one change to several sessions, with the result of each."""

import pytest

from tests.support.doors import NOBODY, make_session, read


def change(client, action, *ids):
    return client.post("/api/v1/sessions/changes", json={"action": action, "session_ids": list(ids)})


def test_each_result_is_told(client):
    one, two = make_session(client, title="One"), make_session(client, title="Two", pinned=True)
    answer = change(client, "pin", one["id"], NOBODY, two["id"], one["id"], "x")
    assert answer.status_code == 200
    results = answer.json["data"]
    assert [result["session_id"] for result in results] == [one["id"], NOBODY, two["id"], "x"]
    assert [result["changed"] for result in results] == [True, False, False, False]
    assert [result["session"] and result["session"]["pinned"] for result in results] == [True, None, True, None]
    assert [result["problem"] and result["problem"]["status"] for result in results] == [None, 404, None, 404]
    assert read(client, one["id"])["pinned"]


def test_only_archived_sessions_are_deleted(client):
    kept, gone = make_session(client), make_session(client)
    assert [r["changed"] for r in change(client, "archive", gone["id"]).json["data"]] == [True]
    results = change(client, "purge", kept["id"], gone["id"]).json["data"]
    assert [result["problem"] and result["problem"]["code"] for result in results] == ["not-archived", None]
    assert [result["session"] for result in results] == [None, None]
    assert client.get(f"/api/v1/sessions/{gone['id']}").status_code == 404
    assert read(client, kept["id"])["archived"] is False


def test_every_change_can_be_taken_back(client):
    ids = [make_session(client)["id"] for _ in range(3)]
    for action, name, value in (
        ("archive", "archived", True),
        ("restore", "archived", False),
        ("pin", "pinned", True),
        ("unpin", "pinned", False),
    ):
        assert all(result["changed"] for result in change(client, action, *ids).json["data"])
        assert [read(client, id_)[name] for id_ in ids] == [value] * 3


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"action": "pin"},
        {"action": "pin", "session_ids": []},
        {"action": "pin", "session_ids": "x"},
        {"action": "pin", "session_ids": [1]},
        {"action": "pin", "session_ids": ["\0"]},
        {"action": "pin", "session_ids": [NOBODY] * 101},
        {"action": "explode", "session_ids": [NOBODY]},
        {"action": "pin", "session_ids": [NOBODY], "more": 1},
    ],
)
def test_what_is_no_change_is_refused(client, body):
    answer = client.post("/api/v1/sessions/changes", json=body)
    assert (answer.status_code, answer.content_type) == (422, "application/problem+json")
    assert answer.json["errors"]
