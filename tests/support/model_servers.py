"""Servers with models for tests of connections: what they list and say can change while they run."""

from __future__ import annotations

import json
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from tests.support.provider import chunk, running, streams

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.provider import Handler, Provider

HELLO = streams(chunk("Hel"), chunk("lo!"), chunk(finish="stop"), b"data: [DONE]\n\n")


class ModelServer:
    """A running server. `models` is what it lists; `headers` are those of every request to it, in order."""

    def __init__(self, models: list[str]) -> None:
        self.models = models
        self.status = 200
        self.words = "no"
        self.headers: list[dict[str, str]] = []
        self.lists_read = 0
        self.provider: Provider

    @property
    def url(self) -> str:
        return self.provider.url

    @property
    def keys(self) -> list[str | None]:
        return [headers.get("authorization") for headers in self.headers]

    def answer(self, handler: Handler) -> None:
        self.headers.append({name.lower(): value for name, value in handler.headers.items()})
        if self.status != 200:
            handler.send(json.dumps({"error": {"message": self.words}}).encode(), status=self.status)
        elif handler.command == "GET":
            self.lists_read += 1
            handler.send(json.dumps({"data": [{"id": name} for name in self.models]}).encode())
        else:
            HELLO(handler)


@contextmanager
def serving(*models: str) -> Iterator[ModelServer]:
    """Run a server with these models for the length of the block."""
    server = ModelServer(list(models))
    with running(server.answer) as provider:
        server.provider = provider
        yield server


def form(server: ModelServer | str, **fields: Any) -> dict[str, Any]:
    """The fields of a connection to a server."""
    address = server if isinstance(server, str) else server.url
    return {"name": "Grout", "address": address, "key": "sk-secret-of-grout", **fields}


def typed(server: ModelServer | str, **fields: Any) -> dict[str, Any]:
    """What a browser sends of the form of a connection."""
    sent = form(server, **fields)
    return sent | {"connection_name": sent.pop("name"), "api_key": sent.pop("key")}
