"""Room for the replies that a process writes at once, and for how many of them are one user's."""

from __future__ import annotations

import threading
from collections import Counter
from typing import TYPE_CHECKING

from webapp.errors import Busy, TooMany

if TYPE_CHECKING:
    from collections.abc import Callable


class Slots:
    """Counts the places that are taken. `tell` is called with their number whenever it changes."""

    def __init__(self, capacity: int, each: int, tell: Callable[[int], object]) -> None:
        self._capacity = capacity
        self._each = each
        self._tell = tell
        self._taken: Counter[str] = Counter()
        self._lock = threading.Lock()

    @property
    def count(self) -> int:
        """How many are taken."""
        return self._taken.total()

    def take(self, user_id: str) -> None:
        """Take a place. Raises Busy if there is none, and TooMany if the user has as many as one may have."""
        with self._lock:
            if self.count >= self._capacity:
                raise Busy(
                    "As many replies as this server takes on are being written just now. "
                    "Nothing was sent; please try again in a few seconds."
                )
            if self._taken[user_id] >= self._each:
                raise TooMany(
                    f"{self._each} replies to you are being written just now, which is as many as one may have. "
                    "Nothing was sent; please try again when one has ended.",
                    headers={"Retry-After": "3"},
                )
            self._taken[user_id] += 1
            self._tell(self.count)

    def give_back(self, user_id: str) -> None:
        """Give a place back."""
        with self._lock:
            self._taken[user_id] -= 1
            if not self._taken[user_id]:
                del self._taken[user_id]
            self._tell(self.count)
