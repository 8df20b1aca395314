"""Nobody wants the reply any more: how that is told to an assistant, from whatever thread."""

from __future__ import annotations

import logging
from contextlib import contextmanager, suppress
from threading import RLock
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

log = logging.getLogger(__name__)


class Stop:
    """A wish that something ends, and what is to be done when it is uttered. Safe to use from any thread."""

    def __init__(self) -> None:
        self._is_asked = False
        self._acts: list[Callable[[], None]] = []
        # A generator that is collected while this thread holds the lock may leave `calling`.
        self._lock = RLock()

    @property
    def asked(self) -> bool:
        """Whether it was asked for. It never becomes untrue again."""
        return self._is_asked

    def ask(self) -> None:
        """Ask for it, and do what was to be done then, in this thread. Asking again does nothing."""
        with self._lock:
            self._is_asked = True
            acts, self._acts = self._acts, []
        for act in acts:
            _do(act)

    def then(self, act: Callable[[], None]) -> None:
        """Do this once when it is asked for; at once if it was. What it raises is logged and goes no further.

        It runs in the thread that asks, so it must not wait for anything.
        """
        with self._lock:
            if not self._is_asked:
                self._acts.append(act)
                return
        _do(act)

    @contextmanager
    def calling(self, act: Callable[[], None]) -> Iterator[None]:
        """Do this, as `then` does, if it is asked for before or in the block.

        An act that has begun when the block is left is not waited for.
        """
        self.then(act)
        try:
            yield
        finally:
            with self._lock, suppress(ValueError):
                self._acts.remove(act)


def _do(act: Callable[[], None]) -> None:
    try:
        act()
    except Exception:
        log.exception("What was to be done at a stop raised")
