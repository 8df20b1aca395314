"""Single flight: several threads need the same result and one of them computes it."""

from __future__ import annotations

from concurrent.futures import CancelledError, Future
from contextlib import contextmanager
from threading import Lock
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

T = TypeVar("T")


class SingleFlight(Generic[T]):
    """Results by key. The first thread computes a result while the others wait for it.

    A result is held only as long as the `Flight` of the thread that computed it, so at most for one request.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._results: dict[str, Future[T]] = {}

    @contextmanager
    def flight(self) -> Iterator[Flight[T]]:
        """Yield a flight. Other threads can read its results until the block ends."""
        flight = Flight(self._lock, self._results)
        try:
            yield flight
        finally:
            flight.end()


class Flight(Generic[T]):
    """One thread's part in the single flight."""

    def __init__(self, lock: Lock, results: dict[str, Future[T]]) -> None:
        self._lock = lock
        self._results = results
        self._own: set[str] = set()

    def get(self, key: str, make: Callable[[], T]) -> T:
        """Return the result for a key, computed here or by the thread that is computing it.

        An exception of `make` is raised here and in every waiting thread. If the computing thread is interrupted
        (KeyboardInterrupt, SystemExit), a waiting thread computes the result instead.
        """
        while True:
            with self._lock:
                result = self._results.get(key)
                if result is None:
                    result = self._results[key] = Future()
                    self._own.add(key)
                    break
            try:
                return result.result()
            except CancelledError:
                continue
        return self._make(key, result, make)

    def makes(self, key: str) -> bool:
        return key in self._own

    def end(self) -> None:
        with self._lock:
            for key in self._own:
                del self._results[key]
            self._own.clear()

    def _make(self, key: str, result: Future[T], make: Callable[[], T]) -> T:
        try:
            result_value = make()
        except BaseException as error:
            self._release(key)
            if isinstance(error, Exception):
                result.set_exception(error)
            else:
                result.cancel()
            raise
        result.set_result(result_value)
        return result_value

    def _release(self, key: str) -> None:
        with self._lock:
            del self._results[key]
            self._own.discard(key)
