"""The threads that compute password hashes: few, so that their memory is bounded, and apart from the server's own."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, TypeVar

from webapp.errors import Busy
from webapp.malloc import return_freed_memory

if TYPE_CHECKING:
    from collections.abc import Callable

ResultT = TypeVar("ResultT")

#: Each hash takes 19 MiB and some 25 ms of one core.
THREADS = 2
#: Callers that may wait for a thread, and for how many seconds.
WAITING = 64
PATIENCE = 10.0


class HashingPool:
    """A fixed number of threads with a bounded queue. The threads start when they are first needed."""

    def __init__(self, threads: int = THREADS, *, waiting: int = WAITING, patience: float = PATIENCE) -> None:
        self._executor = ThreadPoolExecutor(threads, thread_name_prefix="hashing")
        self._places = threading.BoundedSemaphore(threads + waiting)
        self._patience = patience
        return_freed_memory()

    def run(self, compute: Callable[[], ResultT]) -> ResultT:
        """Compute something in one of the threads and return its result.

        Raises Busy where too many callers wait already, or where no thread became free in time: what nobody waits for
        any more is not computed.
        """
        if not self._places.acquire(blocking=False):
            raise _busy()
        future = self._executor.submit(compute)
        future.add_done_callback(lambda _: self._places.release())
        try:
            return future.result(self._patience)
        except TimeoutError:
            future.cancel()
            raise _busy() from None


def _busy() -> Busy:
    return Busy("Too many passwords are being checked just now. Please try again in a few seconds.")
