"""How many pieces of work a process carries out at once, and how many of them for one user."""

from __future__ import annotations

import threading
from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

    from webapp.errors import AppError


class Refusals(NamedTuple):
    """What a user is told for whom there is no slot: each makes the error that is raised."""

    full: Callable[[], AppError]
    full_for_user: Callable[[], AppError]
    closing: Callable[[], AppError]
    no_thread: Callable[[], AppError]


class Slots:
    """Counts the slots that are taken. `notify` is called with their number whenever it changes."""

    def __init__(self, capacity: int, each: int, refusals: Refusals, notify: Callable[[int], object]) -> None:
        self._capacity = capacity
        self._each = each
        self._refusals = refusals
        self._notify = notify
        self._taken: Counter[str] = Counter()
        self._lock = threading.Lock()

    @property
    def count(self) -> int:
        """How many are taken."""
        return self._taken.total()

    def take(self, user_id: str) -> None:
        """Take a slot. Raises the refusal if there is none, or none for this user."""
        with self._lock:
            if self.count >= self._capacity:
                raise self._refusals.full()
            if self._taken[user_id] >= self._each:
                raise self._refusals.full_for_user()
            self._taken[user_id] += 1
            self._notify(self.count)

    def give_back(self, user_id: str) -> None:
        """Give a slot back."""
        with self._lock:
            self._taken[user_id] -= 1
            if not self._taken[user_id]:
                del self._taken[user_id]
            self._notify(self.count)
