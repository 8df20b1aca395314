"""Checks heartbeats against the wall clock, except for a while after the clock was set or the machine slept."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

from webapp.ids import utc_now
from webapp.services.heartbeats import CLOCK_JUMP_SECONDS, DEAD_AFTER, LONGEST_SILENCE_SECONDS

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime


class Clock:
    """Detects jumps of the wall clock by comparison with the monotonic clock, which cannot be set.

    Heartbeats from before a jump have times of the old clock. A live process writes a new one within
    `LONGEST_SILENCE_SECONDS`. Until then no process can be taken for dead.
    """

    def __init__(self, wall: Callable[[], float] = time.time, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._wall = wall
        self._monotonic = monotonic
        self._offset = wall() - monotonic()
        self._steady_at = float("-inf")
        self._lock = threading.Lock()

    def is_steady(self) -> bool:
        """Say whether no call has seen a jump of the clock within `LONGEST_SILENCE_SECONDS`."""
        with self._lock:
            now = self._monotonic()
            offset = self._wall() - now
            if abs(offset - self._offset) > CLOCK_JUMP_SECONDS:
                self._steady_at = now + LONGEST_SILENCE_SECONDS
            self._offset = offset
            return now >= self._steady_at


clock = Clock()


def is_silent(heartbeat_at: datetime) -> bool:
    """Say whether a heartbeat has stopped.

    A heartbeat from the future was written before the clock was set back, so it counts as stopped as well. After a
    jump of the clock none counts as stopped until every live process has written a new one.
    """
    return clock.is_steady() and abs(utc_now() - heartbeat_at) > DEAD_AFTER
