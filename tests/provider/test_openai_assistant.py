from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING
from urllib.request import Request, urlopen

import pytest

from tests.support.accounts import BEARER
from tests.support.server import running_server
from webapp.agent.endpoint import Endpoint
from webapp.agent.openai import OpenAIAssistant
from webapp.agent.protocol import AssistantFailed
from webapp.agent.values import End, Text, Utterance

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from flask import Flask

    from tests.provider.conftest import Provider

pytestmark = [
    pytest.mark.provider,
    pytest.mark.slow,
    pytest.mark.one_database("The provider is the matter here, the database is not."),
]


def chat(app: Flask, content: str, session_id: str | None = None) -> dict[str, object]:
    body = {"content": content, **({"session_id": session_id} if session_id else {})}
    answer = app.test_client().post("/api/v1/chat", json=body)
    assert answer.status_code in {200, 201}, answer.json
    return answer.json


def settings(provider: Provider) -> dict[str, object]:
    return {"openai_base_url": provider.base_url, "openai_api_key": provider.key, "openai_models": ("smollm2-135m",)}


def test_two_turns_of_which_the_second_needs_the_first(make_app: Callable[..., Flask], provider: Provider) -> None:
    app = make_app(**settings(provider))
    first = chat(app, "My name is Zebediah. Please say hello to me by my name.")
    second = chat(app, "What is my name?", str(first["session_id"]))
    assert second["message"]["model"] == "smollm2-135m"
    assert second["finish_reason"] in {"stop", "length"}
    # A model of this size is not to be trusted with an answer. What it was asked it counts rightly: the second
    # prompt holds the first one, its answer to it and the new question.
    assert second["usage"]["input_tokens"] > first["usage"]["input_tokens"] + first["usage"]["output_tokens"]
    stored = app.test_client().get(f"/api/v1/sessions/{first['session_id']}").json
    assert [message["role"] for message in stored["messages"]] == ["user", "assistant"] * 2
    assert stored["assistant"] == "openai:smollm2-135m"


def test_a_wrong_key_stores_nothing_and_says_so(make_app: Callable[..., Flask], provider: Provider) -> None:
    client = make_app(**settings(provider) | {"openai_api_key": "wrong"}).test_client()
    answer = client.post("/api/v1/chat", json={"content": "Hello"})
    assert answer.status_code == 502
    assert "OPENAI_API_KEY" in answer.json["detail"]
    assert client.get("/api/v1/sessions?include_archived=true").json["data"] == []


def test_a_prompt_beyond_the_context_is_told_in_the_providers_words(provider: Provider) -> None:
    assistant = OpenAIAssistant(Endpoint(provider.base_url, provider.key))
    with pytest.raises(AssistantFailed, match="context"):
        list(assistant.reply([Utterance("user", "word " * 6_000)], timeout=60))


def test_the_reply_comes_in_pieces_with_usage_at_its_end(provider: Provider) -> None:
    assistant = OpenAIAssistant(Endpoint(provider.base_url, provider.key))
    *pieces, end = assistant.reply([Utterance("user", "Count from one to five.")], timeout=60)
    assert len(pieces) > 3
    assert all(isinstance(piece, Text) for piece in pieces)
    assert isinstance(end, End)
    assert end.usage is not None and end.usage.output_tokens >= len(pieces) - 1


def test_the_page_offers_the_providers_models(provider: Provider, database_url: str, tmp_path: Path) -> None:
    """The list of models is asked for in the background; a page shows it from the first answer on."""
    asked = {"OPENAI_BASE_URL": provider.base_url, "OPENAI_API_KEY": provider.key}
    with running_server(database_url, tmp_path, **asked) as url:
        keys = ["openai"]
        deadline = time.monotonic() + 20
        while keys[0] == "openai" and time.monotonic() < deadline:
            time.sleep(0.1)
            with urlopen(Request(f"{url}/api/v1/assistants", headers=BEARER)) as answer:
                keys = [choice["key"] for choice in json.load(answer)["data"]]
        assert keys == ["openai:smollm2-135m", "archivist"]
