"""Threads for views, in lanes: calls in one lane never take the threads of another."""

from __future__ import annotations

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, TypeVar

from webapp.errors import Busy

if TYPE_CHECKING:
    from collections.abc import Callable

ResultT = TypeVar("ResultT")

#: Calls that may wait in one lane. Further calls are refused at once.
_MAX_QUEUE = 1_000
#: Seconds that a call may wait for a thread: as long as a write may wait for the database.
_MAX_WAIT_SECONDS = 30.0
_TOO_MUCH = "The server is overloaded. Nothing was changed. Please try again in a few seconds."


class Lane:
    """A few threads and a queue of calls for them."""

    def __init__(self, name: str, threads: int, *, max_wait: float | None = None) -> None:
        self._max_wait = _MAX_WAIT_SECONDS if max_wait is None else max_wait
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix=name)
        self._threads = threads
        self._pending = 0

    async def run(self, call: Callable[[], ResultT]) -> ResultT:
        """Run a call in a thread and return its result.

        Raises what the call raises, and Busy if no thread was free in time.
        """
        if self._pending >= self._threads + _MAX_QUEUE:
            raise Busy(_TOO_MUCH)
        self._pending += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(
                self._pool, _call_before, time.monotonic() + self._max_wait, call
            )
        finally:
            self._pending -= 1

    def close(self) -> None:
        """Start no further calls. Running calls continue."""
        self._pool.shutdown(wait=False, cancel_futures=True)


def _call_before(deadline: float, call: Callable[[], ResultT]) -> ResultT:
    if time.monotonic() > deadline:
        raise Busy(_TOO_MUCH)
    return call()


class Lanes:
    """The lanes of a worker.

    `reading` serves requests that change nothing; `writing` those that may wait for the database's lock; `passwords`
    those that compute argon2 hashes; `streams` the steps of a stream between two pieces; `refusals` answers requests
    for which no thread was free in time.
    """

    def __init__(self, threads: int) -> None:
        self.reading = Lane("reading", threads)
        self.writing = Lane("writing", threads)
        self.passwords = Lane("passwords", 4)
        self.streams = Lane("streams", 4)
        self.refusals = Lane("refusals", 1, max_wait=float("inf"))

    def close(self) -> None:
        for lane in (self.reading, self.writing, self.passwords, self.streams, self.refusals):
            lane.close()
