"""A real model's answer, streamed through two processes of the server while it is written."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING
from urllib.request import Request, urlopen

import pytest

from tests.support.replies import serving
from tests.support.sse import WorkerClient, text_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.provider.conftest import Provider
    from tests.support.server import Server

pytestmark = [
    pytest.mark.provider,
    pytest.mark.slow,
    pytest.mark.one_database("The provider is the matter here, the database is not."),
]

QUESTION = {
    "content": "Tell me a very long story about a harbour, a violin and a comet.",
    "assistant": "openai:smollm2-135m",
}


@pytest.fixture
def server(database_url: str, tmp_path: Path, talkative: Provider) -> Iterator[Server]:
    server = serving(
        database_url,
        tmp_path,
        talkative.base_url,
        OPENAI_API_KEY=talkative.key,
        OPENAI_MODELS="smollm2-135m",
        MINUTEBOOK_WORKERS="2",
        MINUTEBOOK_GRACE="0",
    )
    yield server
    server.kill()


@pytest.fixture
def workers(server: Server) -> list[WorkerClient]:
    """A client of each of the two processes."""
    return [WorkerClient(server, worker) for worker in server.workers()]


def busy_slots(provider: Provider) -> int:
    """How many answers the provider is computing."""
    request = Request(
        f"{provider.base_url.removesuffix('/v1')}/slots", headers={"Authorization": f"Bearer {provider.key}"}
    )
    with urlopen(request, timeout=20) as answer:
        return sum(slot["is_processing"] for slot in json.load(answer))


def wait_until_free(provider: Provider, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while busy_slots(provider):
        assert time.monotonic() < deadline, "the provider goes on computing what nobody wants"
        time.sleep(0.05)


def test_an_answer_is_followed_from_the_other_process_while_the_model_writes_it(
    workers: list[WorkerClient], talkative: Provider
) -> None:
    here, there = workers
    with here.stream("POST", "/chat", QUESTION) as written:
        own = iter(written)
        begun = next(own).data
        with there.stream("GET", f"{begun['url'].removeprefix('/api/v1')}") as followed:
            seen = list(followed)
        read = list(own)
    assert (read[-1].name, seen[0].name, seen[-1].name) == ("done", "start", "done")
    assert text_of(read) == text_of(seen) == read[-1].data["message"]["content"]
    # A finished answer comes in one piece, so this one was read while the model wrote it.
    assert sum(event.name == "delta" for event in seen) > 1
    assert read[-1].data == seen[-1].data
    assert read[-1].data["usage"]["output_tokens"] > 50
    wait_until_free(talkative, 20)


def test_stopping_it_in_the_other_process_frees_the_models_slot_and_keeps_what_was_said(
    workers: list[WorkerClient], talkative: Provider
) -> None:
    here, there = workers
    with here.stream("POST", "/chat", QUESTION) as written:
        own = iter(written)
        begun = next(own).data
        said = [next(own) for _ in range(5)]
        assert busy_slots(talkative) == 1
        stopped = there.ask("POST", f"/sessions/{begun['session_id']}/live/stop").data["chat"]
        said += list(own)
    wait_until_free(talkative, 20)
    assert stopped["finish_reason"] == "stopped"
    assert text_of(said) == stopped["message"]["content"]
    # Far from the four hundred tokens it would have come to.
    assert len(said) < 350
    messages = there.ask("GET", f"/sessions/{begun['session_id']}").data["messages"]
    assert [message["content"] for message in messages] == [QUESTION["content"], stopped["message"]["content"]]
