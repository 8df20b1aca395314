"""Work that several threads want at the same time and that one of them does."""

from __future__ import annotations

from concurrent.futures import CancelledError, Future
from contextlib import contextmanager
from threading import Lock
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

T = TypeVar("T")


class SingleFlight(Generic[T]):
    """Results by key, each made by the thread that asks first while the others wait for it.

    A result is held only as long as the `Flight` whose thread made it: nothing is kept for longer than a request.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._results: dict[str, Future[T]] = {}

    @contextmanager
    def flight(self) -> Iterator[Flight[T]]:
        """Yield a flight. What it made can be had by others until the block ends."""
        flight = Flight(self._lock, self._results)
        try:
            yield flight
        finally:
            flight.end()


class Flight(Generic[T]):
    """One thread's part of it."""

    def __init__(self, lock: Lock, results: dict[str, Future[T]]) -> None:
        self._lock = lock
        self._results = results
        self._own: set[str] = set()

    def get(self, key: str, make: Callable[[], T]) -> T:
        """Return the result for a key: made here, or by the thread that is making it.

        What `make` raises is raised here and in every thread that waits. If its thread is made to end
        (KeyboardInterrupt, SystemExit), one of those that wait makes it instead.
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
        """Say whether the result for a key was made here."""
        return key in self._own

    def end(self) -> None:
        """Let go of what was made here."""
        with self._lock:
            for key in self._own:
                del self._results[key]
            self._own.clear()

    def _make(self, key: str, result: Future[T], make: Callable[[], T]) -> T:
        try:
            made = make()
        except BaseException as error:
            self._release(key)
            if isinstance(error, Exception):
                result.set_exception(error)
            else:
                result.cancel()
            raise
        result.set_result(made)
        return made

    def _release(self, key: str) -> None:
        with self._lock:
            del self._results[key]
            self._own.discard(key)
