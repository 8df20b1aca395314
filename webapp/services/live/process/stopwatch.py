"""Measures the seconds of the spells in which a model thinks."""

from __future__ import annotations

import time


class Stopwatch:
    """Adds up spells. `seconds` are those so far. Not thread-safe."""

    def __init__(self, seconds: float = 0.0) -> None:
        self._made_at = time.monotonic()
        self._before = seconds
        self._spells = 0.0
        self._began_at: float | None = None

    @property
    def is_running(self) -> bool:
        return self._began_at is not None

    @property
    def seconds(self) -> float:
        running = 0.0 if self._began_at is None else time.monotonic() - self._began_at
        return self._before + self._spells + running

    def start(self) -> None:
        """Begin a spell, unless one is running. The first one began when the watch was made: with the request."""
        if self._began_at is None:
            self._began_at = time.monotonic() if self._spells else self._made_at

    def stop(self) -> None:
        if self._began_at is not None:
            self._spells += time.monotonic() - self._began_at
            self._began_at = None

    def include_all(self) -> None:
        """Count all the time since the watch was made as one spell, which ends now."""
        self._spells, self._began_at = time.monotonic() - self._made_at, None
