"""The end of the process: when it began, how long what runs may go on, and the last seconds to store its end."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from webapp.services.heartbeats import LAST_SECONDS

if TYPE_CHECKING:
    from collections.abc import Callable

_LEAST_SECONDS = 0.05


class Closing:
    """Knows whether the process ends. `grace` is how many seconds what runs may go on then."""

    def __init__(self, grace: float) -> None:
        self._grace = grace
        self._is_asked_to_end: Callable[[], bool] = lambda: False
        self._ends_at: float | None = None
        self._over_since: float | None = None

    @property
    def has_begun(self) -> bool:
        """Whether the process was told to end: nothing begins any more."""
        if self._ends_at is None and self._is_asked_to_end():
            self._ends_at = time.monotonic() + self._grace
        return self._ends_at is not None

    @property
    def is_over(self) -> bool:
        """Whether the process was told to end and the grace time is over."""
        return self.has_begun and self._ends_at is not None and time.monotonic() >= self._ends_at

    def watch(self, is_asked_to_end: Callable[[], bool]) -> None:
        """Ask this, whenever it matters, whether the process was told to end."""
        self._is_asked_to_end = is_asked_to_end

    def begin(self, grace: float | None) -> None:
        """Begin the end, with another grace time if one is given; without one, a time that runs goes on."""
        if grace is not None:
            self._ends_at = time.monotonic() + grace
        elif not self.has_begun:
            self._ends_at = time.monotonic() + self._grace

    def hurry(self) -> None:
        """Let the grace time be over. It takes no lock, so that a signal's handler may call it."""
        self._ends_at = 0.0

    def seconds_left(self) -> float | None:
        """Return None while work may go on; after the grace time, how many seconds there are to store its end."""
        if not self.is_over:
            return None
        if self._over_since is None:
            self._over_since = time.monotonic()
        return max(_LEAST_SECONDS, self._over_since + LAST_SECONDS - time.monotonic())
