"""A set of recent events of this process."""

from __future__ import annotations

from threading import Lock
from time import monotonic


class RecentKeys:
    """Keys that were added within the last `seconds`. Beyond `most` keys, the oldest are dropped."""

    def __init__(self, *, seconds: float, most: int) -> None:
        self._seconds = seconds
        self._most = most
        self._lock = Lock()
        self._added: dict[str, float] = {}

    def add(self, key: str) -> None:
        with self._lock:
            self._added.pop(key, None)
            self._added[key] = monotonic()
            if len(self._added) > self._most:
                del self._added[next(iter(self._added))]

    def __contains__(self, key: str) -> bool:
        with self._lock:
            added = self._added.get(key)
        return added is not None and monotonic() - added < self._seconds
