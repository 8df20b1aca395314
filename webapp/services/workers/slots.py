"""Limits on the number of concurrent tasks of a process, and of one user."""

from __future__ import annotations

import threading
from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

    from webapp.errors import AppError


class Refusals(NamedTuple):
    """Factories of the errors for a user who gets no slot."""

    full: Callable[[], AppError]
    full_for_user: Callable[[], AppError]
    closing: Callable[[], AppError]
    no_thread: Callable[[], AppError]


class Slots:
    """Counts the taken slots, at most `capacity` and `each` for one user. `notify` gets every new count."""

    def __init__(self, capacity: int, each: int, refusals: Refusals, notify: Callable[[int], object]) -> None:
        self._capacity = capacity
        self._each = each
        self._refusals = refusals
        self._notify = notify
        self._taken: Counter[str] = Counter()
        self._lock = threading.Lock()

    @property
    def count(self) -> int:
        """The number of taken slots."""
        return self._taken.total()

    def take(self, user_id: str) -> None:
        """Take a slot. Raises the refusal if none is free, or none for this user."""
        with self._lock:
            if self.count >= self._capacity:
                raise self._refusals.full()
            if self._taken[user_id] >= self._each:
                raise self._refusals.full_for_user()
            self._taken[user_id] += 1
            self._notify(self.count)

    def release(self, user_id: str) -> None:
        with self._lock:
            self._taken[user_id] -= 1
            if not self._taken[user_id]:
                del self._taken[user_id]
            self._notify(self.count)
