"""Whatever is sent, it is refused as OpenAI does, names what is wrong, asks nobody and keeps nothing."""

import pytest

from tests.openai_api.asking import HEADER, URL, ask, error, said
from tests.support.doors import NOBODY, script

pytestmark = pytest.mark.one_database(
    "What is refused and what is shown is the same on both databases; that both keep any text is tested elsewhere."
)


HELLO = said("Hello")


@pytest.fixture(autouse=True)
def nobody_is_asked(app, client):
    assistant = script(app)
    yield
    assert assistant.asked == []
    assert client.get("/api/v1/sessions?include_archived=1").json["data"] == []


BROKEN = {
    "nothing": b"",
    "cut": b'{"messages": [',
    "not json": b"messages=Hello",
    "two values": b"{} {}",
    "byte order mark": b"\xef\xbb\xbf{}",
    "no utf-8": b'{"model": "\xff"}',
    "lone surrogate": b'{"model": "\\ud800"}',
    "deep": b"[" * 100_000,
    "deep and closed": b'{"tools":' + b"[" * 50_000 + b"]" * 50_000 + b"}",
}


@pytest.mark.parametrize("body", BROKEN.values(), ids=list(BROKEN))
def test_what_is_no_json_is_a_400(client, body):
    told = error(client.post(URL, data=body, content_type="application/json"), 400)
    assert told["type"] == "invalid_request_error"


@pytest.mark.parametrize("kind", [None, "text/plain", "application/x-www-form-urlencoded"])
def test_another_media_type_is_not_read(client, kind):
    response = client.post(URL, data=b'{"messages": []}', content_type=kind)
    assert error(response, 415)["type"] == "invalid_request_error"


@pytest.mark.parametrize(
    ("fields", "param"),
    [
        ({"messages": None}, "messages"),
        ({"messages": "Hello"}, "messages"),
        ({"messages": []}, "messages"),
        ({"messages": ["Hello"]}, "messages[0]"),
        ({"messages": [{"content": "Hello"}]}, "messages[0].role"),
        ({"messages": [{"role": 1, "content": "Hello"}]}, "messages[0].role"),
        ({"messages": [{"role": "human", "content": "Hello"}]}, "messages[0].role"),
        ({"messages": [{"role": "user"}]}, "messages[0].content"),
        ({"messages": [{"role": "user", "content": None}]}, "messages[0].content"),
        ({"messages": [{"role": "user", "content": 7}]}, "messages[0].content"),
        ({"messages": [{"role": "user", "content": {"type": "text", "text": "Hello"}}]}, "messages[0].content"),
        ({"messages": [{"role": "user", "content": ""}]}, "messages[0].content"),
        ({"messages": [{"role": "user", "content": " \n"}]}, "messages[0].content"),
        ({"messages": [{"role": "user", "content": []}]}, "messages[0].content"),
        ({"messages": [{"role": "user", "content": "a\0b"}]}, "messages[0].content"),
        ({"messages": [{"role": "user", "content": "x" * 100_001}]}, "messages[0].content"),
        ({"messages": [{"role": "user", "content": ["Hello"]}]}, "messages[0].content[0]"),
        ({"messages": [{"role": "user", "content": [{"type": "text"}]}]}, "messages[0].content[0].text"),
        ({"messages": [{"role": "user", "content": [{"type": "text", "text": 7}]}]}, "messages[0].content[0].text"),
        ({"messages": [{"role": "user", "content": [{"type": "text", "text": "SnapshotReader"}, {"type": "image_url", "image_url": {"url": "data:"}}]}]}, "messages[0].content[1]"),
        ({"messages": [{"role": "user", "content": [{"type": "input_audio"}]}]}, "messages[0].content[0]"),
        ({"messages": [{"role": "system", "content": "Be short."}]}, "messages"),
        ({"messages": [{"role": "system", "content": "a\0b"}, *HELLO]}, "messages[0].content"),
        ({"messages": [{"role": "system", "content": 7}, *HELLO]}, "messages[0].content"),
        ({"messages": [*HELLO, {"role": "assistant", "refusal": 7}, *HELLO]}, "messages[1].refusal"),
        ({"messages": [*HELLO, {"role": "assistant", "content": [{"type": "refusal"}]}, *HELLO]}, "messages[1].content[0].refusal"),
        ({"messages": said("Hello", "Hi.")}, "messages"),
        ({"messages": [*said("Hello", "a\0b"), *HELLO]}, "messages[1].content"),
        ({"messages": [*HELLO, {"role": "user", "content": None}]}, "messages[1].content"),
        ({"messages": [*said("Hello", "x" * 100_001), *HELLO]}, "messages[1].content"),
        ({"messages": [*HELLO, {"role": "tool", "tool_call_id": "1", "content": "7"}, *HELLO]}, "messages[1]"),
        ({"messages": [*HELLO, {"role": "function", "name": "f", "content": "7"}]}, "messages[1]"),
        ({"messages": [*HELLO, {"role": "assistant", "content": None, "tool_calls": [{"id": "1"}]}, *HELLO]}, "messages[1]"),
        ({"model": 7}, "model"),
        ({"model": "a\0b"}, "model"),
        ({"model": "x" * 201}, "model"),
        ({"stream": "yes"}, "stream"),
        ({"stream": 1}, "stream"),
        ({"stream_options": "include_usage"}, "stream_options"),
        ({"stream_options": {"include_usage": "yes"}}, "stream_options.include_usage"),
        ({"store": "no"}, "store"),
        ({"n": 2}, "n"),
        ({"n": 0}, "n"),
        ({"n": "1"}, "n"),
        ({"metadata": "session"}, "metadata"),
        ({"metadata": {"session_id": "x"}}, "metadata.session_id"),
        ({"metadata": {"session_id": 7}}, "metadata.session_id"),
        ({"tools": [{"type": "function", "function": {"name": "f"}}]}, "tools"),
        ({"tools": [{"type": "function", "function": {"name": "f"}}], "tool_choice": "auto"}, "tools"),
        ({"tools": "f"}, "tools"),
        ({"functions": [{"name": "f"}]}, "functions"),
        ({"response_format": {"type": "json_object"}}, "response_format"),
        ({"response_format": {"type": "json_schema", "json_schema": {}}}, "response_format"),
        ({"response_format": "text"}, "response_format"),
        ({"modalities": ["text", "audio"]}, "modalities"),
        ({"logprobs": True}, "logprobs"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("way", [{}, {"stream": True}, {"store": False}], ids=["whole", "streamed", "unkept"])
def test_what_cannot_be_used_is_named(client, fields, param, way):
    told = error(ask(client, "Hello", **way | fields), 400, param=param)
    assert told["param"] == param
    assert told["type"] == "invalid_request_error"


@pytest.mark.parametrize("body", ["[]", "7", "null", '"Hello"'])
def test_a_body_that_is_no_object_is_a_400(client, body):
    error(client.post(URL, data=body, content_type="application/json"), 400)


def test_two_chats_cannot_be_named_at_once(client):
    other = NOBODY.replace("0189", "0190")
    error(ask(client, "Hello", headers={HEADER: NOBODY}, metadata={"session_id": other}), 400, "ambiguous")
    error(ask(client, "Hello", headers={HEADER: "x"}), 400, "uuid", HEADER)


@pytest.mark.parametrize("count", ["", "x", "-1", "1.5", "9" * 5_000, "²"])
def test_a_count_of_tries_that_makes_no_sense_is_no_matter(client, count):
    headers = {"x-stainless-retry-count": count, HEADER: NOBODY}
    error(ask(client, "Hello", headers=headers), 404)
