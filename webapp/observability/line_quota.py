"""A limit on log lines: the first few of each kind per minute, then a count of the rest."""

from __future__ import annotations

import threading
import time
from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

#: Lines of each kind per window, and the window's length in seconds.
LINES = 5
SECONDS = 60.0


class Quota:
    """Counts events by kind in windows of one minute."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._lock = threading.Lock()
        self._seen: Counter[str] = Counter()
        self._ends_at = 0.0

    def take(self, kind: str) -> bool:
        """Count an event and return whether it may be logged."""
        with self._lock:
            if not self._seen:
                self._ends_at = self._now() + SECONDS
            self._seen[kind] += 1
            return self._seen[kind] <= LINES

    def take_omitted(self) -> dict[str, int]:
        """Return, once per finished window, how many events of each kind were not logged."""
        # This runs on every request, so it takes no lock while there is nothing to report.
        if not self._seen or self._now() < self._ends_at:
            return {}
        with self._lock:
            if not self._seen or self._now() < self._ends_at:
                return {}
            seen, self._seen = self._seen, Counter()
        return {kind: count - LINES for kind, count in seen.items() if count > LINES}
