"""The connection of a reply, which another thread can cut."""

from __future__ import annotations

import socket
import struct
from contextlib import contextmanager, suppress
from threading import RLock
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

#: `SO_LINGER` with a timeout of zero: closing resets the connection.
_RESET = struct.pack("ii", 1, 0)


class CuttableConnection:
    """Holds the current connection of a request, so that any thread can cut it.

    Closing a socket does not wake the thread that reads from it. Shutting it down does, in every phase: the TLS
    handshake, writing, and waiting for a byte. The DNS lookup and connecting cannot be cut, because there is no
    connection yet. It is cut as soon as it exists.
    """

    def __init__(self) -> None:
        self._socket: socket.socket | None = None
        self._is_cut = False
        # Reentrant: garbage collection may close a connection in this thread while it holds the lock.
        self._lock = RLock()

    def cut(self) -> None:
        """Shut down the connection and every later one. Any thread may call this, also after the end."""
        with self._lock:
            self._is_cut = True
            if self._socket is not None:
                _shut_down(self._socket)

    @contextmanager
    def open(self) -> Iterator[CuttableConnection]:
        """Hold connections within the block. An exception in the block cuts them."""
        try:
            yield self
        except BaseException:
            self.cut()
            raise
        finally:
            self._hold(None)

    def trace(self, name: str, info: dict[str, Any]) -> None:
        """Hold a new connection. This is the callback for the `trace` extension of the HTTP client.

        It sees only new connections, so the client must not reuse any.
        """
        if name.endswith(".connect_tcp.complete"):
            # A second descriptor of the same connection stays valid after TLS wraps the first one, and after the
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
    # The peer may have closed it already.
    with suppress(OSError):
        # Closing the last descriptor resets the connection. If it were only half closed, a provider that writes faster
        # than we read could wait for minutes.
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        connection.shutdown(socket.SHUT_RDWR)
