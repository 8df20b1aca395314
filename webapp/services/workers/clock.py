"""Whether heartbeats can be judged by the wall clock: not for a moment after it was set, or the machine slept."""

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
    """Compares the wall clock with the monotonic one, which nobody sets.

    After a jump all heartbeats were written by another time. A process that lives writes a new one within
    `LONGEST_SILENCE_SECONDS`; until then nobody can be taken for dead.
    """

    def __init__(self, wall: Callable[[], float] = time.time, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._wall = wall
        self._monotonic = monotonic
        self._offset = wall() - monotonic()
        self._settles_at = float("-inf")
        self._lock = threading.Lock()

    def has_settled(self) -> bool:
        """Return whether the wall clock has gone evenly since it was asked before, and for long enough."""
        with self._lock:
            now = self._monotonic()
            offset = self._wall() - now
            if abs(offset - self._offset) > CLOCK_JUMP_SECONDS:
                self._settles_at = now + LONGEST_SILENCE_SECONDS
            self._offset = offset
            return now >= self._settles_at


#: The process has one clock.
clock = Clock()


def is_silent(heartbeat_at: datetime) -> bool:
    """Say whether a heartbeat has stopped.

    A heartbeat from the future was written before the clock was set back. After a jump of the clock, for as long as a
    process that lives may need for its next heartbeat, none counts as stopped.
    """
    return clock.has_settled() and abs(utc_now() - heartbeat_at) > DEAD_AFTER
