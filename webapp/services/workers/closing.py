"""The end of the process: its beginning, the grace time of running tasks, and the time to store their ends."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from webapp.services.heartbeats import LAST_SECONDS

if TYPE_CHECKING:
    from collections.abc import Callable

_LEAST_SECONDS = 0.05


class Closing:
    """The state of the shutdown. `grace` is the number of seconds that running tasks have to finish."""

    def __init__(self, grace: float) -> None:
        self._grace = grace
        self._is_asked_to_end: Callable[[], bool] = lambda: False
        self._ends_at: float | None = None
        self._over_since: float | None = None

    @property
    def has_begun(self) -> bool:
        """Whether the process was told to end. No task begins any more."""
        if self._ends_at is None and self._is_asked_to_end():
            self._ends_at = time.monotonic() + self._grace
        return self._ends_at is not None

    @property
    def is_over(self) -> bool:
        """Whether the grace time is over."""
        return self.has_begun and self._ends_at is not None and time.monotonic() >= self._ends_at

    def watch(self, is_asked_to_end: Callable[[], bool]) -> None:
        """Set the function that says whether the process was told to end."""
        self._is_asked_to_end = is_asked_to_end

    def begin(self, grace: float | None) -> None:
        """Begin the shutdown. A given `grace` restarts the grace time; None continues one that has begun."""
        if grace is not None:
            self._ends_at = time.monotonic() + grace
        elif not self.has_begun:
            self._ends_at = time.monotonic() + self._grace

    def end_grace(self) -> None:
        """End the grace time now. It takes no lock, so a signal handler may call it."""
        self._ends_at = 0.0

    def seconds_left(self) -> float | None:
        """Return None until the grace time is over, then the seconds that are left to store the ends of tasks."""
        if not self.is_over:
            return None
        if self._over_since is None:
            self._over_since = time.monotonic()
        return max(_LEAST_SECONDS, self._over_since + LAST_SECONDS - time.monotonic())
