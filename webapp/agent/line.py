"""The connection that a reply goes over, so that another thread can cut it."""

from __future__ import annotations

import socket
import struct
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from threading import RLock
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from httpx2 import Request

_AT_ONCE = struct.pack("ii", 1, 0)


class Line:
    """Learns of each connection that is made for it, and holds on to the last one until it is closed.

    Closing a socket does not wake the thread that reads from it, shutting it down does, in whatever the thread is:
    the handshake of TLS, writing, waiting for the first byte or for another one. What cannot be cut is looking up
    the host's address and connecting to it, for there is no connection yet; it is cut as soon as there is one.
    """

    def __init__(self) -> None:
        self._socket: socket.socket | None = None
        self._is_cut = False
        # A line that is collected while this thread holds the lock is closed in it.
        self._lock = RLock()

    def cut(self) -> None:
        """End whatever goes over it, now and later. Safe to call from any thread, and after its end."""
        with self._lock:
            self._is_cut = True
            if self._socket is not None:
                _shut_down(self._socket)

    @contextmanager
    def open(self) -> Iterator[Line]:
        """Hold on to its connections for the length of the block. A block that is broken off cuts it."""
        try:
            yield self
        except BaseException:
            self.cut()
            raise
        finally:
            self._hold(None)

    @contextmanager
    def used(self) -> Iterator[None]:
        """Have what this thread asks for in the block go over this line. There must be no `yield` in the block."""
        token = _used.set(self)
        try:
            yield
        finally:
            _used.reset(token)

    def trace(self, name: str, info: dict[str, Any]) -> None:
        """Be told of a step of the HTTP client."""
        if name.endswith(".connect_tcp.complete"):
            # A second descriptor of the same connection: it stays the connection's when TLS is put around the
            # first one, and when that one is closed and its number given to another.
            self._hold(info["return_value"].get_extra_info("socket").dup())

    def _hold(self, connection: socket.socket | None) -> None:
        with self._lock:
            if self._socket is not None:
                self._socket.close()
            self._socket = connection
            if self._is_cut and connection is not None:
                _shut_down(connection)


def tell_line(request: Request) -> None:
    """Have the line in use told of the steps of a request; a hook of the HTTP client.

    Only a connection that is made for the request is told of: the client must keep none for later requests.
    """
    line = _used.get()
    if line is not None:
        request.extensions["trace"] = line.trace


_used: ContextVar[Line | None] = ContextVar("line", default=None)


def _shut_down(connection: socket.socket) -> None:
    # The other side may have been faster.
    with suppress(OSError):
        # Reset it when the last descriptor is closed: a provider that writes faster than is read could wait for
        # minutes on a connection that is but finished.
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _AT_ONCE)
        connection.shutdown(socket.SHUT_RDWR)
