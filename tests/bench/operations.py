"""What is measured: both servers have the same addresses, so each operation is written once."""

from __future__ import annotations

import json
from functools import cached_property
from itertools import cycle
from typing import TYPE_CHECKING
from urllib.parse import quote

from tests.bench.http import GZIP
from tests.bench.words import MARKER, Writer

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.bench.dataset import Dataset
    from tests.bench.http import Client

#: As a browser asks. The floor answers plainly, so this one has no aim: it tells what compressing costs.
COMPRESSED = "open 1,000 messages, gzip"


class Operations:
    """The operations of one server."""

    def __init__(self, client: Client, dataset: Dataset) -> None:
        self._client, self._dataset = client, dataset
        # Written beforehand: what the client does is in every figure.
        writer = Writer(1)
        self._turns = cycle([_turn(writer) for _ in range(50)])

    def api(self) -> dict[str, Callable[[], object]]:
        """Return what is asked of the API, by name."""
        return {
            "list, first page": lambda: self._client.get("/api/v1/sessions"),
            "list, deep page": lambda: self._client.get(f"/api/v1/sessions?cursor={self._deep}"),
            "create, with its first turn": self._create,
            "open 100 messages": lambda: self._client.get(f"/api/v1/sessions/{self._dataset.hundred}"),
            "open 1,000 messages": lambda: self._client.get(f"/api/v1/sessions/{self._dataset.thousand}"),
            "append a turn to 1,000": self.append,
            "search a word of 0.5 %": lambda: self._client.get(f"/api/v1/search?q={MARKER}"),
        }

    def pages(self) -> dict[str, Callable[[], object]]:
        """Return what is asked of the pages. A page shows the newest 50 messages, and the list beside them."""
        return {
            "list, first page": lambda: self._client.get("/sessions"),
            "list, deep page": lambda: self._client.get(f"/sessions?cursor={self._deep}"),
            "open 100 messages": lambda: self._client.get(f"/sessions/{self._dataset.hundred}"),
            "open 1,000 messages": lambda: self._client.get(f"/sessions/{self._dataset.thousand}"),
            "search a word of 0.5 %": lambda: self._client.get(f"/search?q={MARKER}"),
            COMPRESSED: lambda: self._client.get(f"/sessions/{self._dataset.thousand}", GZIP),
        }

    def append(self) -> None:
        """Append a turn to the session that takes the appends."""
        self._append(self._dataset.appended)

    def _create(self) -> None:
        session = self._client.post("/api/v1/sessions", b"{}").json()
        self._append(session["id"])

    def _append(self, session_id: str) -> None:
        self._client.post(f"/api/v1/sessions/{session_id}/turns", next(self._turns))

    @cached_property
    def _deep(self) -> str:
        """The cursor of the list's last full page, found by following the list to its end."""
        cursors, path = [], "/api/v1/sessions"
        while following := self._client.get(path).json()["next"]:
            cursors.append(quote(following))
            path = f"/api/v1/sessions?cursor={cursors[-1]}"
        return cursors[-2]


def _turn(writer: Writer) -> bytes:
    turn = {"user": {"content": writer.question()}, "assistant": {"content": writer.answer()}}
    return json.dumps(turn).encode()
