"""The connection that a reply is read from, so that another thread can cut it."""

from __future__ import annotations

import socket
import struct
from contextlib import contextmanager, suppress
from threading import RLock
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

#: `SO_LINGER` with a time of nought: closing resets the connection.
_RESET = struct.pack("ii", 1, 0)


class CuttableConnection:
    """Holds the last connection that was made for it, until it is closed.

    Closing a socket does not wake the thread that reads from it. Shutting it down does, whatever the thread is in: the
    handshake of TLS, writing, waiting for the first byte or for the next one. Looking up the host's address and
    connecting cannot be cut, for there is no connection yet; the connection is cut as soon as there is one.
    """

    def __init__(self) -> None:
        self._socket: socket.socket | None = None
        self._is_cut = False
        # A connection that is garbage-collected while this thread holds the lock is closed in this thread.
        self._lock = RLock()

    def cut(self) -> None:
        """End the connection, and every later one. Safe to call from any thread, and after the end."""
        with self._lock:
            self._is_cut = True
            if self._socket is not None:
                _shut_down(self._socket)

    @contextmanager
    def open(self) -> Iterator[CuttableConnection]:
        """Hold connections for the length of the block. A block that raises cuts them."""
        try:
            yield self
        except BaseException:
            self.cut()
            raise
        finally:
            self._hold(None)

    def trace(self, name: str, info: dict[str, Any]) -> None:
        """Take note of a new connection: the `trace` extension of the HTTP client's requests.

        It sees only connections that are made for its request, so the client must keep none for later requests.
        """
        if name.endswith(".connect_tcp.complete"):
            # A second descriptor of the same connection. It stays valid when TLS wraps the first one, and when the
            # first one is closed and its number reused.
            self._hold(info["return_value"].get_extra_info("socket").dup())

    def _hold(self, connection: socket.socket | None) -> None:
        with self._lock:
            if self._socket is not None:
                self._socket.close()
            self._socket = connection
            if self._is_cut and connection is not None:
                _shut_down(connection)


def _shut_down(connection: socket.socket) -> None:
    # The other side may have closed it already.
    with suppress(OSError):
        # Reset it when the last descriptor is closed. A provider that writes faster than it is read could wait for
        # minutes on a connection that is only half closed.
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        connection.shutdown(socket.SHUT_RDWR)
