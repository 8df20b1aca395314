"""A client that keeps its connection and does next to nothing: what it takes itself dilutes every ratio.

It is Alice's, in her browser and in her programs; the floor asks nobody who they are.
"""

from __future__ import annotations

import json
import socket
import time
from typing import TYPE_CHECKING, Any, NamedTuple, Self

from tests.support.accounts import COOKIE, SECRET, TOKEN

if TYPE_CHECKING:
    from collections.abc import Iterator

#: The header of a browser that takes compressed answers.
GZIP = "Accept-Encoding: gzip\r\n"
#: How an answer in chunks ends.
LAST_CHUNK = b"\r\n0\r\n\r\n"
JSON = "Content-Type: application/json\r\n"
#: The headers of a form that htmx sends.
FORM = "Content-Type: application/x-www-form-urlencoded\r\nHX-Request: true\r\nHX-Request-Type: partial\r\n"

_PAGES = f"Cookie: {COOKIE}={SECRET}\r\n"
_PROGRAMS = f"Authorization: Bearer {TOKEN}\r\n"


def identity(path: str) -> str:
    """Return the header that says who asks."""
    return _PROGRAMS if path.startswith(("/api/", "/v1/")) else _PAGES


class Answer(NamedTuple):
    """A status and a body, as sent."""

    status: int
    body: bytes

    def json(self) -> Any:
        """Read the body."""
        return json.loads(self.body)


class Piece(NamedTuple):
    """What was received at once, and when (`time.monotonic_ns`)."""

    at: int
    data: bytes


class Client:
    """One keep-alive connection to 127.0.0.1."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=60)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._host = f"Host: 127.0.0.1:{port}\r\n"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connection."""
        self._socket.close()

    def get(self, path: str, headers: str = "") -> Answer:
        """Ask for a path; anything but a 200 ends the benchmark."""
        return self._ask(self._got(path, headers))

    def post(self, path: str, body: bytes, headers: str = JSON) -> Answer:
        """Send JSON, or what the headers say; anything but a 200 or 201 ends the benchmark."""
        return self._ask(self._posted(path, body, headers))

    def stream(self, path: str, body: bytes | None = None) -> Iterator[Piece]:
        """Send JSON, or only ask, and yield what is received, from the head on to the last chunk."""
        self._socket.sendall(self._got(path) if body is None else self._posted(path, body, JSON))
        end = b""
        while end != LAST_CHUNK:
            data = self._receive()
            end = (end + data)[-len(LAST_CHUNK) :]
            yield Piece(time.monotonic_ns(), data)

    def _got(self, path: str, headers: str = "") -> bytes:
        return f"GET {path} HTTP/1.1\r\n{self._host}{identity(path)}{headers}\r\n".encode()

    def _posted(self, path: str, body: bytes, headers: str) -> bytes:
        head = f"{self._host}{identity(path)}{headers}Content-Length: {len(body)}\r\n"
        return f"POST {path} HTTP/1.1\r\n{head}\r\n".encode() + body

    def _ask(self, request: bytes) -> Answer:
        self._socket.sendall(request)
        received = self._receive()
        while (end := received.find(b"\r\n\r\n")) < 0:
            received += self._receive()
        head = received[:end].lower()
        start = head.index(b"content-length:") + 15
        length = int(head[start:].partition(b"\r")[0])
        parts, missing = [received[end + 4 :]], length - (len(received) - end - 4)
        while missing > 0:
            parts.append(self._receive())
            missing -= len(parts[-1])
        answer = Answer(int(head[9:12]), b"".join(parts))
        if answer.status not in {200, 201}:
            raise RuntimeError(f"{request[:200]!r} was answered with {answer.status}: {answer.body[:500]!r}")
        return answer

    def _receive(self) -> bytes:
        received = self._socket.recv(1 << 18)
        if not received:
            raise ConnectionError("The server closed the connection.")
        return received
