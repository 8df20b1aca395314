"""Counting attempts in a sliding window, in the configured storage or, while that is out of reach, in memory."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from limits.storage import MemoryStorage, Storage, storage_from_string
from limits.strategies import SlidingWindowCounterRateLimiter

from webapp.observability.exceptions import describe_exception

if TYPE_CHECKING:
    from collections.abc import Callable

    from limits import RateLimitItem

T = TypeVar("T")

log = logging.getLogger(__name__)

#: Seconds after which a Redis that does not answer is given up: no request waits longer for it.
_REDIS_TIMEOUT = 1.0
#: Seconds between two attempts to reach the storage again: the first pause, and the longest.
_FIRST_PAUSE = 1.0
_LONGEST_PAUSE = 32.0


@dataclass(frozen=True)
class Count:
    """What is counted: attempts under one key, against a limit that all places of the same scope share."""

    limit: RateLimitItem
    key: str
    scope: str


class AttemptCounter:
    """Counts in one storage, and in this process's memory while the storage fails. Safe to use from any thread."""

    def __init__(self, storage: Storage) -> None:
        self._shared = SlidingWindowCounterRateLimiter(storage)
        self._local = SlidingWindowCounterRateLimiter(MemoryStorage())
        self._retry_at: float | None = None
        self._pause = _FIRST_PAUSE

    def hit(self, count: Count) -> float | None:
        """Count an attempt. Return None, or the time from which the next one is allowed if this one is not."""

        def ask(limiter: SlidingWindowCounterRateLimiter) -> float | None:
            return None if limiter.hit(count.limit, count.key, count.scope) else _allowed_at(limiter, count)

        return self._ask(ask)

    def test(self, count: Count) -> float | None:
        """Return what `hit` would return, and count nothing."""

        def ask(limiter: SlidingWindowCounterRateLimiter) -> float | None:
            return None if limiter.test(count.limit, count.key, count.scope) else _allowed_at(limiter, count)

        return self._ask(ask)

    def _ask(self, ask: Callable[[SlidingWindowCounterRateLimiter], T]) -> T:
        if self._is_worth_trying():
            try:
                answer = ask(self._shared)
            except self._shared.storage.base_exceptions as error:
                self._give_up(error)
            else:
                self._recover()
                return answer
        return ask(self._local)

    def _is_worth_trying(self) -> bool:
        if self._retry_at is None:
            return True
        now = time.monotonic()
        if now < self._retry_at:
            return False
        # This thread tries. The others do not wait for a silent storage meanwhile.
        self._retry_at = now + self._pause
        return True

    def _give_up(self, error: Exception) -> None:
        if self._retry_at is None:
            log.warning("Attempts are counted in memory: the storage fails with %s", describe_exception(error))
            self._pause = _FIRST_PAUSE
        else:
            self._pause = min(2 * self._pause, _LONGEST_PAUSE)
        self._retry_at = time.monotonic() + self._pause

    def _recover(self) -> None:
        if self._retry_at is not None:
            log.info("Attempts are counted in the storage again")
            self._retry_at = None


def make_counter(url: str) -> AttemptCounter:
    """Return a counter over the storage of a URL (`memory://`, `redis://…`). A storage that is away is no error."""
    is_memory = url.startswith("memory")
    options = {} if is_memory else {"socket_connect_timeout": _REDIS_TIMEOUT, "socket_timeout": _REDIS_TIMEOUT}
    storage = storage_from_string(url, **options)
    assert isinstance(storage, Storage)
    return AttemptCounter(storage)


def _allowed_at(limiter: SlidingWindowCounterRateLimiter, count: Count) -> float:
    return limiter.get_window_stats(count.limit, count.key, count.scope).reset_time
