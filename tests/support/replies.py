"""A provider whose reply a test holds back in the middle, and a server that asks it."""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from tests.support.provider import chunk, running
from tests.support.server import Server

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from tests.support.provider import Provider

FIRST, LAST = "Under the ", "flowerpot ü 🎉."
WHOLE = FIRST + LAST


class Held:
    """A provider that says the first half of its reply, and the other when it may."""

    def __init__(self, first: Sequence[str], last: Sequence[str], pause: float) -> None:
        self.first = first
        self.last = last
        self.pause = pause
        self.may_finish = threading.Event()
        self.url = ""
        self.asked = 0

    @property
    def whole(self) -> str:
        return "".join((*self.first, *self.last))

    def answer(self, handler) -> None:
        self.asked += 1
        handler.send(b"", kind="text/event-stream")
        self.say(handler, self.first)
        self.may_finish.wait(60)
        self.say(handler, self.last)
        handler.write(chunk(finish="stop") + b"data: [DONE]\n\n")

    def say(self, handler, pieces: Sequence[str]) -> None:
        for piece in pieces:
            handler.write(chunk(piece))
            time.sleep(self.pause)


@contextmanager
def held_provider(first: Sequence[str] = (FIRST,), last: Sequence[str] = (LAST,), pause: float = 0.0) -> Iterator[Held]:
    held = Held(first, last, pause)
    with running(held.answer) as provider, holding(provider, held):
        yield held


@contextmanager
def holding(provider: Provider, held: Held) -> Iterator[Held]:
    """Let a provider that runs already answer so; in the end it may finish."""
    provider.answer, held.url = held.answer, provider.url
    try:
        yield held
    finally:
        held.may_finish.set()


def serving(database_url: str, data_dir: Path, provider_url: str, **env: str) -> Server:
    """Start a server whose assistant is this provider's model."""
    return Server(database_url, data_dir, **{"OPENAI_BASE_URL": provider_url, "OPENAI_MODELS": "grout-7b", **env})
