"""A provider whose reply a test holds back in the middle, and a server that asks it."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

from tests.agent.provider import chunk, running
from tests.server import Server

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FIRST, LAST = "Under the ", "flowerpot ü 🎉."
WHOLE = FIRST + LAST


class Held:
    """A provider that says the first half of its reply, and the other when it may."""

    def __init__(self) -> None:
        self.may_finish = threading.Event()
        self.url = ""

    def answer(self, handler) -> None:
        handler.send(chunk(FIRST), kind="text/event-stream")
        self.may_finish.wait(60)
        handler.write(chunk(LAST) + chunk(finish="stop") + b"data: [DONE]\n\n")


@contextmanager
def held_provider() -> Iterator[Held]:
    held = Held()
    with running(held.answer) as provider:
        held.url = provider.url
        try:
            yield held
        finally:
            held.may_finish.set()


def serving(database_url: str, data_dir: Path, provider_url: str, **env: str) -> Server:
    """Start a server whose assistant is this provider's model."""
    return Server(database_url, data_dir, OPENAI_BASE_URL=provider_url, OPENAI_MODELS="grout-7b", **env)
