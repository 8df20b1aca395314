"""The connections of a worker: their number, their addresses, and which one is closed to make room."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from webapp.server.limits import Limits


class Closable(Protocol):
    """A connection as the table sees it."""

    address: str

    def evict(self) -> None:
        """Close the connection: its client has not finished a request, and the slot is needed."""


class ConnectionTable:
    """Admits connections up to the limits.

    A connection *waits* while its client owes it something: the first byte, the rest of a request, the next request.
    When a limit is reached, the connection that has waited longest is closed for the new one. Clients that only hold
    connections compete with each other, and a request that is being answered is never closed.
    """

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._count = 0
        self._per_address: Counter[str] = Counter()
        # Ordered by when each began to wait: all connections, and those of each address.
        self._waiting: dict[Closable, None] = {}
        self._waiting_of: dict[str, dict[Closable, None]] = {}

    def admit(self, connection: Closable) -> bool:
        """Count a new connection and evict a waiting one if the limit is reached. Return False if there is no room."""
        self._count += 1
        self._per_address[connection.address] += 1
        each = self._limits.connections_per_address
        if each is not None and self._per_address[connection.address] > each:
            return self._make_room(self._waiting_of.get(connection.address, {}))
        if self._count > self._limits.connections:
            return self._make_room(self._waiting)
        return True

    def remove(self, connection: Closable) -> None:
        self.stop_waiting(connection)
        self._count -= 1
        self._per_address[connection.address] -= 1
        if not self._per_address[connection.address]:
            del self._per_address[connection.address]

    def start_waiting(self, connection: Closable) -> None:
        """Allow the connection to be evicted. A connection that already waits keeps its position."""
        if connection not in self._waiting:
            self._waiting[connection] = None
            self._waiting_of.setdefault(connection.address, {})[connection] = None

    def stop_waiting(self, connection: Closable) -> None:
        """Protect the connection from eviction: its request is complete."""
        if connection in self._waiting:
            del self._waiting[connection]
            of_address = self._waiting_of[connection.address]
            del of_address[connection]
            if not of_address:
                del self._waiting_of[connection.address]

    def _make_room(self, waiting: dict[Closable, None]) -> bool:
        oldest = next(iter(waiting), None)
        if oldest is None:
            return False
        self.stop_waiting(oldest)
        oldest.evict()
        return True
