"""Lists of models as servers have them. The shapes are those that users of several such programs reported."""

from __future__ import annotations

import json
import time
import tracemalloc

import pytest

from tests.support.provider import endpoint, refuses, running
from webapp.agent.endpoint import Endpoint, Places
from webapp.agent.model_list import MOST_MODELS, first_for_chat, read_model_list
from webapp.agent.protocol import AssistantFailed

NAMES = {
    "an entry without an id": ({"data": [{"name": "no id"}, {"id": "good"}]}, ["good"]),
    "ids of other types": (
        {"data": [{"id": 7}, {"id": None}, {"id": ["a"]}, {"id": ""}, {"id": " "}, {"id": "a"}]},
        ["a"],
    ),
    "a bare array of names": (["a", "b"], ["a", "b"]),
    "a bare array of objects": ([{"id": "a"}, {"name": "b"}, 3, None], ["a", "b"]),
    "Ollama's tags": ({"models": [{"name": "qwen3:8b", "model": "qwen3:8b"}, {"name": "b"}]}, ["qwen3:8b", "b"]),
    "names with every sign": ({"data": [{"id": "a/b:c?d%e"}, {"id": "models/gemini"}]}, ["a/b:c?d%e", "models/gemini"]),
    "repeats": ({"data": [{"id": "a"}, {"id": "b"}, {"id": "a"}]}, ["a", "b"]),
    "surrounding spaces": ({"data": [{"id": " a\n"}]}, ["a"]),
    "control characters and half letters": ({"data": [{"id": "a\u0000b"}, {"id": "\ud83c"}, {"id": "ok"}]}, ["ok"]),
    "a name without end": ({"data": [{"id": "x" * 301}, {"id": "y" * 300}]}, ["y" * 300]),
    "none": ({"data": []}, []),
    "more than any server has": (
        {"data": [{"id": str(n)} for n in range(MOST_MODELS + 5)]},
        [str(n) for n in range(MOST_MODELS)],
    ),
}


@pytest.mark.parametrize("name", NAMES)
def test_the_names_are_read_in_every_shape(name):
    body, names = NAMES[name]
    assert read_model_list(json.dumps(body).encode()) == names


def test_a_byte_order_mark_is_passed_over():
    assert read_model_list(b"\xef\xbb\xbf" + b'["a"]') == ["a"]


@pytest.mark.parametrize("body", [b"<html></html>", b"\n <!doctype html>", b"\xef\xbb\xbf<html>"])
def test_a_web_page_is_told(body):
    with (
        running(lambda handler: handler.send(body, kind="text/html")) as provider,
        endpoint(provider.url) as there,
        pytest.raises(AssistantFailed, match=r"web page, not an API\. Check OPENAI_BASE_URL"),
    ):
        there.models(5)


@pytest.mark.parametrize(
    "body", [b"", b"null", b"7", b'{"data": 7}', b'{"object": "list"}', b"data: [DONE]", b"[" * 100_000, b"\xff\xfe"]
)
def test_what_is_no_list_is_told_in_words_of_ours(body):
    with (
        running(lambda handler: handler.send(body)) as provider,
        endpoint(provider.url) as there,
        pytest.raises(AssistantFailed, match=r"not a list of models\. Check OPENAI_BASE_URL, or set OPENAI_MODELS"),
    ):
        there.models(5)


@pytest.mark.parametrize("status", [404, 405, 501])
def test_a_server_without_a_list_is_told(status):
    with (
        running(refuses(status)) as provider,
        endpoint(provider.url) as there,
        pytest.raises(AssistantFailed, match=rf"lists no models \({status}\).*set OPENAI_MODELS to their names"),
    ):
        there.models(5)


def test_the_sentence_names_the_place_of_the_connection():
    with running(refuses(404)) as provider:
        there = Endpoint(provider.url, None, places=Places("its address", "add them by name"))
        with pytest.raises(AssistantFailed, match="If its address is right, add them by name"):
            there.models(5)
        there.close()


def endless(piece, *, pause=0.0):
    """Answer with a body that never ends."""

    def answer(handler):
        handler.send(b'{"data": [')
        while handler.write(piece) and not handler.provider.over.wait(pause):
            pass

    return answer


def test_a_list_that_never_ends_takes_bounded_memory():
    with (
        running(endless(b'{"id": "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"},' * 1_000)) as provider,
        endpoint(provider.url) as there,
    ):
        tracemalloc.start()
        with pytest.raises(AssistantFailed, match="too long: more than 10 MB"):
            there.models(60)
        assert tracemalloc.get_traced_memory()[1] < 40_000_000
        tracemalloc.stop()


def test_a_list_that_trickles_takes_bounded_time():
    with running(endless(b" ", pause=0.05)) as provider, endpoint(provider.url) as there:
        began = time.monotonic()
        with pytest.raises(AssistantFailed):
            there.models(0.5)
        assert time.monotonic() - began < 30


def test_a_redirect_is_not_followed_and_gets_no_key():
    with running(lambda handler: handler.send(b'["other"]')) as other:
        seen = []
        other.answer = lambda handler: (seen.append(handler.headers), handler.send(b'["other"]'))

        def redirect(handler):
            handler.send_response(302)
            handler.send_header("Location", f"{other.url}/models")
            handler.end_headers()

        with (
            running(redirect) as provider,
            endpoint(provider.url) as there,
            pytest.raises(AssistantFailed, match="redirects to"),
        ):
            there.models(5)
        assert seen == []


def test_extra_headers_replace_the_clients_own():
    seen = []
    with running(lambda handler: (seen.append(dict(handler.headers)), handler.send(b"[]"))) as provider:
        there = Endpoint(provider.url, "sk-1", headers={"x-title": "Mine", "authorization": "Basic abc"})
        there.models(5)
        there.close()
    headers = {name.lower(): value for name, value in seen[0].items()}
    assert headers["x-title"] == "Mine"
    assert headers["authorization"] == "Basic abc"


def test_a_model_that_writes_no_text_is_not_the_first_choice():
    assert first_for_chat(["text-embedding-3", "whisper-1", "gpt-5"]) == "gpt-5"
    assert first_for_chat(["nomic-embed-text"]) == "nomic-embed-text"
    assert first_for_chat([]) is None
