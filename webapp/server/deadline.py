"""The time until which a connection's client must have done something."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable


class Deadline:
    """At most one call in the future."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._timer: asyncio.TimerHandle | None = None

    def set(self, seconds: float, then: Callable[[], None]) -> None:
        """Call `then` after this time, instead of what was to be called."""
        self.clear()
        self._timer = self._loop.call_later(seconds, then)

    def clear(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
