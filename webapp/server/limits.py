"""The limits of one client: connections, time and bytes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from webapp.config.settings import Settings


@dataclass(frozen=True, kw_only=True)
class Limits:
    """The limits of a worker's connections. Durations are in seconds, sizes in bytes."""

    connections: int
    #: None behind a proxy, where all connections come from the proxy's address.
    connections_per_address: int | None
    #: From the first byte of a request to the end of its header.
    header_seconds: float = 15.0
    #: Without a request: a new connection, or one whose last request was answered.
    idle_seconds: float = 30.0
    #: Between two pieces of a body.
    body_silence_seconds: float = 20.0
    #: For a whole body, plus the time at the slowest allowed rate.
    body_seconds: float = 30.0
    body_bytes_per_second: int = 16_384
    #: Between two pieces of a response that the client reads.
    answer_silence_seconds: float = 60.0
    #: Request line and header fields together.
    header_bytes: int = 65_536
    header_fields: int = 100
    #: Large enough for the API's longest query in percent-encoding.
    target_bytes: int = 8_190

    @classmethod
    def of(cls, settings: Settings) -> Limits:
        per_address = None if settings.proxies else settings.connections_per_address
        return cls(connections=settings.connections, connections_per_address=per_address)

    def body_deadline(self, size: int) -> float:
        """Return how many seconds a body of `size` bytes may take."""
        return self.body_seconds + size / self.body_bytes_per_second
