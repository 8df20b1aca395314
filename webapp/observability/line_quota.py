"""A bound on lines of a log: the first of each kind in a minute, and then how many more there were."""

from __future__ import annotations

import threading
import time
from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

#: Lines of one kind in one window, and the window's seconds.
LINES = 5
SECONDS = 60.0


class Quota:
    """Counts events by kind in windows of a minute."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._lock = threading.Lock()
        self._seen: Counter[str] = Counter()
        self._ends_at = 0.0

    def take(self, kind: str) -> bool:
        """Count an event, and say whether it may have a line of its own."""
        with self._lock:
            if not self._seen:
                self._ends_at = self._now() + SECONDS
            self._seen[kind] += 1
            return self._seen[kind] <= LINES

    def left_out(self) -> dict[str, int]:
        """Return, once after a window has ended, how many events of each kind had no line in it."""
        # Asked with every request: nothing is locked while there is nothing to tell.
        if not self._seen or self._now() < self._ends_at:
            return {}
        with self._lock:
            if not self._seen or self._now() < self._ends_at:
                return {}
            seen, self._seen = self._seen, Counter()
        return {kind: count - LINES for kind, count in seen.items() if count > LINES}
