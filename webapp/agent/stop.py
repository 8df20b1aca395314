"""A request to stop a reply, from any thread to the assistant."""

from __future__ import annotations

import logging
from contextlib import contextmanager, suppress
from threading import RLock
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

log = logging.getLogger(__name__)


class Stop:
    """A one-time request to stop, with callbacks. Thread-safe."""

    def __init__(self) -> None:
        self._is_requested = False
        self._acts: list[Callable[[], None]] = []
        # Reentrant: garbage collection of a generator may leave `calling` while this thread holds the lock.
        self._lock = RLock()

    @property
    def is_requested(self) -> bool:
        """Whether a stop was requested. It stays true."""
        return self._is_requested

    def request(self) -> None:
        """Request the stop, and run the callbacks in this thread. Idempotent."""
        with self._lock:
            self._is_requested = True
            acts, self._acts = self._acts, []
        for act in acts:
            _do(act)

    def on_request(self, act: Callable[[], None]) -> None:
        """Call `act` once on the request, or now if there was one. Its exceptions are logged and not raised.

        It runs in the requesting thread, so it must not block.
        """
        with self._lock:
            if not self._is_requested:
                self._acts.append(act)
                return
        _do(act)

    @contextmanager
    def calling(self, act: Callable[[], None]) -> Iterator[None]:
        """Call `act`, as `on_request` does, if a stop is requested before or within the block.

        The end of the block does not wait for a call that has begun.
        """
        self.on_request(act)
        try:
            yield
        finally:
            with self._lock, suppress(ValueError):
                self._acts.remove(act)


def _do(act: Callable[[], None]) -> None:
    try:
        act()
    except Exception:
        log.exception("A callback of a request to stop raised")
