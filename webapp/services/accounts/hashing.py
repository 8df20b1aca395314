"""A thread pool for password hashes, separate from the server's threads. Few threads bound the memory."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, TypeVar

from webapp.errors import Busy
from webapp.malloc import return_freed_memory

if TYPE_CHECKING:
    from collections.abc import Callable

ResultT = TypeVar("ResultT")

#: Each hash takes 19 MiB and about 25 ms of one core.
THREADS = 2
#: Callers that may wait for a thread, and the seconds that they wait.
WAITING = 64
PATIENCE = 10.0


class HashingPool:
    """A fixed number of threads with a bounded queue. The threads start at the first use."""

    def __init__(self, threads: int = THREADS, *, waiting: int = WAITING, patience: float = PATIENCE) -> None:
        self._executor = ThreadPoolExecutor(threads, thread_name_prefix="hashing")
        self._places = threading.BoundedSemaphore(threads + waiting)
        self._patience = patience
        return_freed_memory()

    def run(self, compute: Callable[[], ResultT]) -> ResultT:
        """Compute a result in one of the threads and return it.

        Raises Busy if the queue is full or no thread became free in time. A call that timed out in the queue is not
        computed.
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
    return Busy("The server is checking too many passwords. Please try again in a few seconds.")
