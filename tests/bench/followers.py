"""The people before the screens, in a process of their own: `python -m tests.bench.followers PORT TURNS`.

While the answers grow they only note what came when, on one thread; what is in it is read when all have ended.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import re
import subprocess
import sys
import time
from bisect import bisect_left
from itertools import accumulate
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlencode

from tests.bench.http import FORM, JSON, LAST_CHUNK, Piece, identity
from tests.bench.servers import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterable

_STARTED = re.compile(rb'event: start\ndata: \{"session_id":"([^"]+)"')
_DELTA = re.compile(rb"event: delta\ndata: (\{.*\})\n\n")


class Followed(NamedTuple):
    """What one follower received: pieces of the text with their times, and whether it was told the end."""

    is_first: bool
    texts: list[tuple[int, str]]
    is_done: bool


def follow_turns(port: int, turns: int, followers: int) -> tuple[list[Followed], float]:
    """Begin so many turns at once, each with so many followers; without any, begin them and hang up.

    Return what they received, and the seconds of CPU that receiving it took.
    """
    command = [sys.executable, "-m", "tests.bench.followers", str(port), str(turns), f"--followers={followers}"]
    done = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE)
    received, cpu = json.loads(done.stdout)
    return [Followed(first, [(at, text) for at, text in texts], end) for first, texts, end in received], cpu


class _Connection(asyncio.Protocol):
    """Sends a request and notes what comes until the other side hangs up."""

    def __init__(self, crowd: _Crowd, request: bytes, *, more: int = 0) -> None:
        self._crowd, self._request, self._more = crowd, request, more
        self.is_first = more >= 0
        self.pieces: list[Piece] = []

    def connection_made(self, transport: Any) -> None:
        """Ask."""
        transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        """Note it; once the turn is known, others follow it too."""
        self.pieces.append(Piece(time.monotonic_ns(), data))
        if self._more > 0 and (started := _STARTED.search(data)):
            path = f"/api/v1/sessions/{started[1].decode()}/live"
            for _ in range(self._more):
                self._crowd.connect(_request("GET", path, "Accept: text/event-stream\r\n"), more=-1)
            self._more = 0

    def connection_lost(self, _error: Exception | None) -> None:
        """Be one less."""
        self._crowd.leave()

    def followed(self) -> Followed:
        """Read what was noted. A piece of text has come when its last byte has."""
        data = b"".join(piece.data for piece in self.pieces)
        ends = list(accumulate(len(piece.data) for piece in self.pieces))
        texts = [
            (self.pieces[bisect_left(ends, found.end())].at, json.loads(found[1])["text"])
            for found in _DELTA.finditer(data)
        ]
        return Followed(self.is_first, texts, b"event: done\n" in data and data.endswith(LAST_CHUNK))


class _Crowd:
    """All connections."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._left = 0
        self._all_left = asyncio.Event()
        self._tasks: list[asyncio.Task[Any]] = []
        self.connections: list[_Connection] = []

    async def follow(self, requests: Iterable[bytes], *, more: int) -> None:
        """Send each on a connection of its own, and wait until all have their answers."""
        for request in requests:
            self.connect(request, more=more)
        while self._left < len(self.connections):
            self._all_left.clear()
            await self._all_left.wait()

    def connect(self, request: bytes, *, more: int) -> None:
        """Open a connection; `more` others follow the turn that it begins."""
        connection = _Connection(self, request, more=more)
        self.connections.append(connection)
        opening = asyncio.get_running_loop().create_connection(lambda: connection, "127.0.0.1", self._port)
        self._tasks.append(asyncio.create_task(opening))

    def leave(self) -> None:
        """Count one that ended."""
        self._left += 1
        self._all_left.set()


def _request(method: str, path: str, headers: str, body: bytes = b"") -> bytes:
    head = f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n{identity(path)}{headers}"
    return f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body


def _chat(number: int) -> bytes:
    return _request("POST", "/api/v1/chat", JSON, json.dumps({"content": f"Turn {number}", "stream": True}).encode())


def _form(number: int) -> bytes:
    return _request("POST", "/chat", FORM, urlencode({"content": f"Turn {number}", "expected_last_idx": -1}).encode())


async def _main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.followers")
    parser.add_argument("port", type=int)
    parser.add_argument("turns", type=int)
    parser.add_argument("--followers", type=int, default=1)
    options = parser.parse_args()
    crowd = _Crowd(options.port)
    ask = _chat if options.followers else _form
    begun = time.process_time()
    await crowd.follow(map(ask, range(options.turns)), more=max(0, options.followers - 1))
    cpu = time.process_time() - begun
    json.dump(([connection.followed() for connection in crowd.connections], cpu), sys.stdout)


if __name__ == "__main__":
    asyncio.run(_main())
