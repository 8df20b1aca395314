"""A connection as bytes: what is sent is sent as it is, and what comes back is read as it came."""

from __future__ import annotations

import contextlib
import socket
import struct
from typing import NamedTuple, Self

from tests.support.accounts import BEARER, COOKIE, SECRET

TOKEN = f"Authorization: {BEARER['Authorization']}\r\n"
PAGE = f"Cookie: {COOKIE}={SECRET}\r\nSec-Fetch-Site: same-origin\r\n"


class Answer(NamedTuple):
    """A status, the header, and the body."""

    status: int
    header: str
    body: bytes


class Wire:
    """A connection to a port of this machine."""

    def __init__(self, port: int, source: str = "127.0.0.1", *, buffer: int | None = None) -> None:
        self._socket = socket.socket()
        if buffer is not None:
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
        self._socket.settimeout(20)
        self._socket.bind((source, 0))
        self._socket.connect(("127.0.0.1", port))
        self._received = b""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def send(self, text: str | bytes) -> Self:
        """Send this."""
        self._socket.sendall(text.encode() if isinstance(text, str) else text)
        return self

    def ask(self, text: str | bytes) -> Answer:
        """Send this, and read one answer."""
        return self.send(text).answer()

    def end_sending(self) -> Self:
        """Send a FIN: nothing more will come, but what is answered is read."""
        self._socket.shutdown(socket.SHUT_WR)
        return self

    def reset(self) -> None:
        """Send an RST: the connection is gone."""
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._socket.close()

    def answer(self) -> Answer:
        """Read one answer, with its body as long as it says (or in chunks)."""
        while b"\r\n\r\n" not in self._received:
            self._read()
        header, _, self._received = self._received.partition(b"\r\n\r\n")
        text = header.decode("latin-1").lower()
        length = next(
            (int(line.partition(":")[2]) for line in text.split("\r\n") if line.startswith("content-length:")), 0
        )
        while len(self._received) < length:
            self._read()
        body, self._received = self._received[:length], self._received[length:]
        return Answer(int(text.split(" ")[1]), text, body)

    def is_closed(self) -> bool:
        """Wait until the other side closes the connection, for some seconds; return whether it did."""
        with contextlib.suppress(TimeoutError):
            try:
                while piece := self._socket.recv(65_536):
                    self._received += piece
            except ConnectionError:
                pass
            return True
        return False

    def close(self) -> None:
        """Hang up."""
        self._socket.close()

    def _read(self) -> None:
        piece = self._socket.recv(65_536)
        if not piece:
            raise EOFError(self._received)
        self._received += piece


def get(path: str, headers: str = "") -> str:
    """Write a request without a body."""
    return f"GET {path} HTTP/1.1\r\nHost: localhost\r\n{headers}\r\n"


def post(path: str, body: str, headers: str = "", *, length: int | None = None, kind: str = "") -> bytes:
    """Write a request with a body, which may be shorter than it says."""
    encoded = body.encode()
    said = len(encoded) if length is None else length
    kind = kind or ("application/json" if body[:1] in "{[" else "application/x-www-form-urlencoded")
    head = f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: {kind}\r\nContent-Length: {said}\r\n{headers}\r\n"
    return head.encode() + encoded
