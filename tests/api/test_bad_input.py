"""Whatever is sent to an operation that writes, it is refused in the one shape, changes nothing, and is never a 500."""

import json
from typing import NamedTuple

import pytest

from tests.support.doors import add_turn, make_session, pointers, problem, read

pytestmark = pytest.mark.one_database(
    "What is refused never reaches a row; that both databases keep any text is tested with the services."
)


class Write(NamedTuple):
    """An operation with a body: a good one as text, and the text field `%` stands in."""

    method: str
    path: str
    body: str
    pointer: str
    long: int


WRITES = {
    "sessions": Write("POST", "/sessions", '{"title": "%"}', "#/title", 200),
    "session": Write("PATCH", "/sessions/{id}", '{"title": "%"}', "#/title", 200),
    "turns-user": Write("POST", "/sessions/{id}/turns", '{"user": {"content": "%"}, "assistant": {"content": "b"}}', "#/user/content", 100_000),
    "turns-answer": Write("POST", "/sessions/{id}/turns", '{"user": {"content": "a"}, "assistant": {"content": "%"}}', "#/assistant/content", 100_000),
    "chat": Write("POST", "/chat", '{"content": "%"}', "#/content", 100_000),
    "retries": Write("POST", "/sessions/{id}/retries", '{"assistant": "%"}', "#/assistant", 200),
    "edits": Write("POST", "/sessions/{id}/edits", '{"idx": 0, "content": "%"}', "#/content", 100_000),
    "temporary": Write("POST", "/temporary", '{"content": "%"}', "#/content", 100_000),
    "temporary-turns": Write("POST", "/temporary", '{"content": "a", "turns": [{"user": {"content": "%"}, "assistant": {"content": "b"}}]}', "#/turns/0/user/content", 100_000),
    "chat-in": Write("POST", "/chat", '{"content": "%", "session_id": "{id}"}', "#/content", 100_000),
}  # fmt: skip

BROKEN = {
    "nothing": b"",
    "cut": b'{"title": "a',
    "comma": b'{"title": "a",}',
    "single quotes": b"{'title': 'a'}",
    "two values": b"{} {}",
    "not json": b"title=a",
    "byte order mark": b"\xef\xbb\xbf{}",
    "utf-16": '{"title": "a"}'.encode("utf-16"),
    "no utf-8": b'{"title": "\xff\xfe"}',
    "overlong utf-8": b'{"title": "\xc0\x80"}',
    "utf-8 of a surrogate": b'{"title": "\xed\xa0\x80"}',
    "lone surrogate": b'{"title": "\\ud800"}',
    "lone low surrogate": b'{"title": "\\udc00 "}',
    "raw control character": b'{"title": "a\x00b"}',
    "deep arrays": b"[" * 100_000,
    "deep objects": b'{"a":' * 100_000,
    "deep and closed": b'{"title":' + b"[" * 50_000 + b"]" * 50_000 + b"}",
    "huge integer": b'{"expected_last_idx": ' + b"9" * 5_000 + b"}",
    "not a number": b'{"expected_last_idx": NaN}',
    "infinity": b'{"expected_last_idx": 1e999}',
    "same name twice": b'{"title": "a", "title": "b"}',
    "same name twice, deeper": b'{"user": {"content": "a", "content": "b"}, "assistant": {"content": "c"}}',
}


@pytest.fixture
def session(client):
    session = make_session(client, title="Keys")
    add_turn(client, session["id"])
    return session


@pytest.fixture(params=WRITES, ids=list(WRITES))
def write(request, session):
    found = WRITES[request.param]
    return found._replace(
        path="/api/v1" + found.path.replace("{id}", session["id"]), body=found.body.replace("{id}", session["id"])
    )


@pytest.fixture(autouse=True)
def nothing_changes(client, session):
    before = read(client, session["id"])
    yield
    assert read(client, session["id"]) == before
    assert len(client.get("/api/v1/sessions?include_archived=1").json["data"]) == 1


def send(client, write, body, content_type="application/json"):
    return client.open(write.path, method=write.method, data=body, content_type=content_type)


def test_what_is_no_json_of_ours_is_refused(client, write):
    for name, body in BROKEN.items():
        answer = send(client, write, body)
        assert answer.status_code in {400, 422}, name
        told = problem(answer, answer.status_code)
        assert answer.status_code == 400 or told["errors"], name


def test_malformed_json_is_a_400(client, write):
    for name in ("nothing", "cut", "not json", "two values", "byte order mark", "utf-16"):
        problem(send(client, write, BROKEN[name]), 400, "bad-request")


def test_the_same_name_twice_is_a_400(client, write):
    twice = write.body.replace("%", "a")[:-1] + "," + write.body.replace("%", "b")[1:]
    assert "twice" in problem(send(client, write, twice), 400)["detail"]


def test_a_body_that_is_no_object_is_a_422(client, write):
    for body in ("[]", '"text"', "5", "null", "true", "[{}]"):
        assert pointers(problem(send(client, write, body), 422, "invalid")) == ["#"], body


def test_a_wrong_type_is_named(client, write):
    for wrong in ("5", "true", "[]", "{}", "1e3"):
        told = problem(send(client, write, write.body.replace('"%"', wrong)), 422, "invalid")
        assert pointers(told) == [write.pointer], wrong


def test_an_unknown_field_is_named_and_what_was_sent_is_not_repeated(client, write):
    body = write.body.replace("%", "a")[:-1] + ', "password": "hunter2"}'
    answer = send(client, write, body)
    assert pointers(problem(answer, 422, "invalid")) == ["#/password"]
    assert "hunter2" not in answer.text


def test_nul_is_named(client, write):
    assert pointers(problem(send(client, write, write.body.replace("%", "a\\u0000b")), 422, "invalid")) == [
        write.pointer
    ]


def test_half_a_character_is_refused(client, write):
    for half in ("\\ud800", "a\\udfffb", "\\udc00\\ud800"):
        answer = send(client, write, write.body.replace("%", half))
        assert answer.status_code in {400, 422}, half
        problem(answer, answer.status_code)


def test_a_text_too_long_is_named_with_the_limit(client, write):
    told = problem(send(client, write, write.body.replace("%", "a" * (write.long + 1))), 422, "invalid")
    assert pointers(told) == [write.pointer]
    assert f"{write.long:,}" in told["detail"]


@pytest.mark.parametrize(
    "write", ["turns-user", "turns-answer", "chat", "chat-in", "edits", "temporary", "temporary-turns"], indirect=True
)
def test_an_empty_message_is_named(client, write):
    for empty in ("", " ", "\\n\\t\\r "):
        told = problem(send(client, write, write.body.replace("%", empty)), 422, "invalid")
        assert pointers(told) == [write.pointer], empty


def test_another_media_type_is_a_415(client, write):
    for content_type in (
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data",
        "text/json",
        "",
        None,
    ):
        answer = send(client, write, write.body.replace("%", "a"), content_type)
        problem(answer, 415, "unsupported-media-type")
        assert "application/json" in answer.headers["Accept"]


def test_a_body_over_its_bound_is_a_413(client, write):
    size = 26_000_000 if write.path.endswith(("/sessions", "/temporary")) else 3_000_000
    problem(send(client, write, json.dumps({"title": "a" * size})), 413)


def test_a_body_just_under_a_megabyte_is_read(client, write):
    problem(send(client, write, b" " * 999_999), 400)
