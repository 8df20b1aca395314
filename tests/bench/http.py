"""A client that keeps its connection and does next to nothing: what it takes itself dilutes every ratio."""

from __future__ import annotations

import json
import socket
from typing import Any, NamedTuple, Self

#: The header of a browser that takes compressed answers.
GZIP = "Accept-Encoding: gzip\r\n"


class Answer(NamedTuple):
    """A status and a body, as sent."""

    status: int
    body: bytes

    def json(self) -> Any:
        """Read the body."""
        return json.loads(self.body)


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
        return self._ask(f"GET {path} HTTP/1.1\r\n{self._host}{headers}\r\n".encode())

    def post(self, path: str, body: bytes) -> Answer:
        """Send JSON; anything but a 200 or 201 ends the benchmark."""
        head = f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n"
        return self._ask(f"POST {path} HTTP/1.1\r\n{self._host}{head}\r\n".encode() + body)

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
