"""Any OpenAI-compatible endpoint: what it answers, and what it does instead of answering."""

from __future__ import annotations

import json

import pytest

from tests.support.provider import HISTORY, chunk, endpoint, refuses, reply, running, streams
from webapp.agent.openai import OpenAIAssistant
from webapp.agent.protocol import AssistantFailed
from webapp.agent.values import End, Text, Usage, Utterance

USAGE = {"prompt_tokens": 3, "completion_tokens": 5, "total_tokens": 8}
GOOD = (
    chunk(""),
    chunk("Grey "),
    chunk("grout 🎉."),
    chunk(finish="stop"),
    chunk(choices=[], usage=USAGE),
    b"data: [DONE]\n\n",
)


def test_a_reply_streams_and_ends_with_what_it_cost():
    assert reply(streams(*GOOD)) == [
        Text("Grey "),
        Text("grout 🎉."),
        End(model="grout-7b", finish_reason="stop", usage=Usage(3, 5)),
    ]


def test_the_whole_history_is_sent_with_the_key():
    with running(streams(*GOOD)) as provider, endpoint(provider.url, "sk-secret") as there:
        list(OpenAIAssistant(there, "grout-7b").reply(HISTORY, timeout=5))

    (asked,) = provider.asked
    assert asked["messages"] == [
        {"role": "user", "content": "One"},
        {"role": "assistant", "content": "1"},
        {"role": "user", "content": "Zwei ü 🎉"},
    ]
    assert (asked["model"], asked["stream"]) == ("grout-7b", True)
    assert provider.keys == ["Bearer sk-secret"]


def sent(*history):
    """The messages that such a history becomes."""
    with running(streams(*GOOD)) as provider, endpoint(provider.url) as there:
        list(OpenAIAssistant(there, "m").reply([Utterance(*said) for said in history], timeout=5))
    (asked,) = provider.asked
    return [(message["role"], message["content"]) for message in asked["messages"]]


def test_instructions_are_sent_as_the_systems():
    assert sent(("system", "Be brief."), ("user", "One")) == [("system", "Be brief."), ("user", "One")]


def test_what_one_role_says_several_times_in_a_row_is_sent_as_one_message():
    history = [("system", "Be brief."), ("system", "Be kind."), ("user", "One"), ("user", "Two\n"), ("user", "Three")]

    assert sent(*history, ("assistant", "1"), ("assistant", "2"), ("user", "One")) == [
        ("system", "Be brief.\n\nBe kind."),
        ("user", "One\n\nTwo\n\n\nThree"),
        ("assistant", "1\n\n2"),
        ("user", "One"),
    ]


def test_a_history_that_begins_with_the_assistant_is_sent_as_it_is():
    history = [("assistant", "Welcome."), ("user", "Hello")]

    assert sent(*history) == history


def test_without_a_name_the_first_model_answers():
    models = {
        "object": "list",
        "data": [{"id": name, "object": "model", "created": 1, "owned_by": "me"} for name in ("a", "b")],
    }

    def answer(handler):
        (handler.send(json.dumps(models).encode()) if handler.command == "GET" else streams(*GOOD)(handler))

    with running(answer) as provider, endpoint(provider.url, None) as there:
        assert there.models(5) == ["a", "b"]
        list(OpenAIAssistant(there).reply(HISTORY, timeout=5))
    assert provider.asked[0]["model"] == "a"


def test_an_answer_without_usage_or_end_mark_is_an_answer():
    assert reply(streams(chunk("Grey."), chunk(finish="length"))) == [
        Text("Grey."),
        End(model="grout-7b", finish_reason="length"),
    ]


BROKEN = {
    "the key is wrong": (refuses(401, "Incorrect API key provided: sk-***1"), r"refused the request \(401\).*\*\*\*1\. Check OPENAI_API_KEY"),
    "the key may not": (refuses(403), r"refused the request \(403\): no$"),
    "no such model": (refuses(404, "model 'x' not found"), r"does not know this model or address \(404\).*model 'x' not found"),
    "too often": (refuses(429), r"accepts no more requests now \(429\): no$"),
    "its own error": (refuses(500), r"internal error \(500\): no$"),
    "overloaded": (refuses(503), r"not available now \(503\): no$"),
    "another refusal": (refuses(400, "context length exceeded"), r"refused the request \(400\).*context length"),
    "an error page": (lambda handler: handler.send(b"<html><title>Bad Gateway</title>", status=502, kind="text/html"), r"internal error \(502\): Bad Gateway"),
    "an error in the stream": (streams(chunk("Grey"), b'data: {"error": {"message": "out of memory"}}\n\n'), "out of memory"),
    "broken off at once": (streams(), "broke off before its end"),
    "broken off in the middle": (streams(chunk("Grey ")), "broke off before its end"),
    "broken off in an event": (streams(chunk("Grey "), b'data: {"choices": [{"del'), "broke off before its end"),
    "garbage in the stream": (streams(b"data: {nonsense}\n\n"), "no chat completion: {nonsense}"),
    "no UTF-8": (streams(b"data: \xff\xfe\n\n"), "no chat completion"),
    "words instead of a stream": (lambda handler: handler.send(b"Too many users", kind="text/plain"), "no chat completion: Too many users"),
    "a bare number": (streams(b"data: 7\n\n"), "broke off"),
    "a list": (streams(b"data: []\n\n"), "broke off"),
    "no choices": (streams(b"data: {}\n\n"), "broke off before its end"),
    "choices of another kind": (streams(b'data: {"choices": 7}\n\n'), "broke off"),
    "a choice of another kind": (streams(b'data: {"choices": ["x"]}\n\n'), "broke off"),
    "a page instead of a stream": (lambda handler: handler.send(b"<html>hello</html>", kind="text/html"), r"web page.*OPENAI_BASE_URL.*/v1"),
    "a page of a wrong address": (lambda handler: handler.send(b"<!doctype html><p>Not found", status=404, kind="text/html"), r"web page.*OPENAI_BASE_URL.*/v1"),
    "nothing at all": (lambda handler: handler.connection.close(), "cannot be reached, or closed the connection"),
}  # fmt: skip


@pytest.mark.parametrize(("answer", "sentence"), BROKEN.values(), ids=BROKEN.keys())
def test_whatever_a_provider_does_instead_is_told_in_a_sentence(answer, sentence):
    with pytest.raises(AssistantFailed, match=sentence) as failed:
        reply(answer)
    assert str(failed.value)[0].isupper()
    assert len(str(failed.value)) < 500


def test_a_provider_that_does_not_run_is_told():
    with running(streams(*GOOD)) as provider:
        pass

    with endpoint(provider.url) as there, pytest.raises(AssistantFailed, match=r"cannot be reached.*OPENAI_BASE_URL"):
        list(OpenAIAssistant(there, "m").reply(HISTORY, timeout=5))


def test_a_provider_without_models_is_told():
    empty = b'{"object": "list", "data": []}'

    with pytest.raises(AssistantFailed, match=r"has no model.*OPENAI_MODELS"):
        reply(lambda handler: handler.send(empty), model=None)


def test_without_a_key_none_is_sent():
    with running(streams(*GOOD)) as provider, endpoint(provider.url, None) as there:
        list(OpenAIAssistant(there, "m").reply(HISTORY, timeout=5))

    assert provider.keys == [None]


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b'{"error": "model is not there"}', "model is not there"),
        (b'{"message": "at the top"}', "at the top"),
        (b'{"error": {"code": 7}}', "(404). Check OPENAI_BASE_URL"),
        (b"[1]", "(404). Check OPENAI_BASE_URL"),
        (b'[{"error": {"message": "first of a list"}}]', "first of a list"),
        (b'{"detail": "Not Found"}', "Not Found"),
        (b'{"detail": [{"loc": ["body", "model"], "msg": "field required"}]}', "body.model: field required"),
        (b'{"error": {"message": "Provider returned error", "metadata": {"raw": "{\\"error\\": \\"no room\\"}"}}}', "Provider returned error: no room"),
        (b'{"error": {"message": "Provider returned error", "metadata": {"raw": "asleep"}}}', "Provider returned error: asleep"),
        (b'{"object": "error", "message": "at the top, too"}', "at the top, too"),
        (b'data: {"error": {"message": "as an event"}}\n\n', "as an event"),
        (b'{"error": {"message": {"message": "deep"}}}', "deep"),
        (b'{"errors": [{"message": "Own words"}]}', "Own words"),
        (b'{"result": null, "success": false, "errors": [{"code": 7003, "message": "Own words"}], "messages": []}', "Own words"),
        (b'{"errors": ["one", "the other"]}', "one; the other"),
        (b'{"title": "One or more problems.", "errors": {"model": ["It is missing."]}}', "One or more problems."),
        (b'{"errors": {"model": ["It is missing."]}}', "model: It is missing."),
        (b'{"error": "invalid_request", "error_description": "Own words"}', ": Own words"),
        (b'{"error": "Bad Request", "message": "Own words", "statusCode": 404}', ": Own words"),
        (b'{"error": "no room for it", "message": "Internal Server Error"}', ": no room for it"),
        (b'{"error": "invalid_request"}', ": invalid_request"),
        (b'{"error": {"code": "invalid_model"}}', ": invalid_model"),
        (b'{"error": {"code": "BadRequest", "innererror": {"message": "Own words"}}}', ": Own words"),
        (b'{"error": {"code": "BadRequest", "message": "", "innererror": {"innererror": {"message": "Own words"}}}}', ": Own words"),
        (b'{"Message": "Own words"}', "Own words"),
        (b'{"Error": {"Message": "Own words", "Code": "X"}}', "Own words"),
        (b'{"fault": {"faultstring": "Own words", "detail": {"errorcode": "steps.x"}}}', ": Own words"),
        (b'{"error_code": 17, "error_msg": "Own words"}', "Own words"),
        (b'{"errcode": 17, "errmsg": "Own words"}', "Own words"),
        (b'{"errorMessage": "Own words"}', "Own words"),
        (b'{"base_resp": {"status_code": 1004, "status_msg": "Own words"}}', "Own words"),
        ("a\u202eb\u0007c\u2066d\u200ee\nf 👩\u200d🔬".encode(), "abcde f 👩\u200d🔬"),
        (b"just text", "just text"),
        (b"\xff", "\ufffd"),
        (b"[" * 100_000, "[["),
        (b"", "(404). Check OPENAI_BASE_URL"),
    ],
)  # fmt: skip
def test_an_error_of_any_shape_is_told(body, words):
    with pytest.raises(AssistantFailed) as failed:
        reply(lambda handler: handler.send(body, status=404))
    assert words in str(failed.value)
    assert len(str(failed.value)) < 600


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (b"[]", "has no model"),
        (b'{"data": [{}]}', "has no model"),
        (b'{"data": 7}', "not a list of models"),
        (b"<html>", "a web page"),
        (b'{"data":' + b"[" * 100_000, "not a list of models"),
    ],
)
def test_a_list_of_models_that_is_none_is_told(body, sentence):
    with pytest.raises(AssistantFailed, match=sentence):
        reply(lambda handler: handler.send(body), model=None)


def test_a_list_of_models_has_a_greatest_length(monkeypatch):
    monkeypatch.setattr("webapp.agent.whole_bodies.MAX_BODY", 100)

    with pytest.raises(AssistantFailed, match="cannot be read"):
        reply(lambda handler: handler.send(b"[" + b" " * 100 + b"]"), model=None)


def test_a_line_of_the_stream_has_a_greatest_length(monkeypatch):
    monkeypatch.setattr("webapp.agent.event_stream.read_events.__kwdefaults__", {"max_length": 1_000})

    with pytest.raises(AssistantFailed, match="too long"):
        reply(streams(b"data: " + b"x" * 2_000))
