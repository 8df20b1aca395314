"""What one client may take of a worker: connections, time and bytes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from webapp.config.settings import Settings


@dataclass(frozen=True, kw_only=True)
class Limits:
    """Bounds of a worker's connections. Times are in seconds, sizes in bytes."""

    connections: int
    #: None where a proxy stands before the server: all connections come from its address.
    connections_per_address: int | None
    #: From the first byte of a request to the end of its header.
    header_seconds: float = 15.0
    #: Without a request: a new connection, and one whose last request was answered.
    idle_seconds: float = 30.0
    #: Between two pieces of a body.
    body_silence_seconds: float = 20.0
    #: For a whole body: this, and the time that it takes at the slowest rate that is allowed.
    body_seconds: float = 30.0
    body_bytes_per_second: int = 16_384
    #: Between two pieces of an answer that a client takes.
    answer_silence_seconds: float = 60.0
    #: Request line and header fields together.
    header_bytes: int = 65_536
    header_fields: int = 100
    #: The longest query the API takes, written as %XX, fits.
    target_bytes: int = 8_190

    @classmethod
    def of(cls, settings: Settings) -> Limits:
        """Return the limits that the settings ask for."""
        per_address = None if settings.proxies else settings.connections_per_address
        return cls(connections=settings.connections, connections_per_address=per_address)

    def body_deadline(self, size: int) -> float:
        """Return how many seconds a body of `size` bytes may take."""
        return self.body_seconds + size / self.body_bytes_per_second
