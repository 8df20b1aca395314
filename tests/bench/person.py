"""A person who goes on with a chat while something else works, and how long each turn took to be stored."""

from __future__ import annotations

import json
import statistics
import threading
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.bench.http import Client

_TURN = json.dumps({"user": {"content": "A question"}, "assistant": {"content": "An answer"}}).encode()


class Person:
    """Appends a turn to a chat again and again. `pause` is in seconds."""

    def __init__(self, client: Client, pause: float) -> None:
        self._client = client
        self._pause = pause
        self._session = client.post("/api/v1/sessions", b"{}").json()["id"]
        self._waits: list[float] = []
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._act)
        self._thread.start()

    def stop(self) -> str:
        """Return the times of the appends as a line of text."""
        self._is_over.set()
        self._thread.join()
        cuts = statistics.quantiles(self._waits, n=100, method="inclusive")
        shown = {"p50": cuts[49], "p95": cuts[94], "p99": cuts[98], "longest": max(self._waits)}
        times = ", ".join(f"{name} {seconds * 1000:,.0f} ms" for name, seconds in shown.items())
        return f"{len(self._waits):,} appends meanwhile: {times}"

    def _act(self) -> None:
        while not self._is_over.wait(self._pause):
            began = time.perf_counter()
            self._client.post(f"/api/v1/sessions/{self._session}/turns", _TURN)
            self._waits.append(time.perf_counter() - began)
