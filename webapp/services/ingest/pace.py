"""The size of an import's transactions, so that nobody else waits long for the write lock."""

from __future__ import annotations

import time

#: Seconds that a transaction should take, and the pause after it in which others get the lock.
_AIM, _PAUSE = 0.05, 0.005
_LEAST, _MOST = 100, 2_000


class Pace:
    """How many messages a transaction writes. It adapts to how long the last ones took."""

    def __init__(self) -> None:
        self.messages = 200

    def took(self, seconds: float) -> None:
        """Adapt to the duration of a transaction with about so many messages, and pause."""
        factor = min(1.5, max(0.3, _AIM / max(seconds, 0.001)))
        self.messages = int(min(_MOST, max(_LEAST, self.messages * factor)))
        self.rest()

    def rest(self) -> None:
        """Let others have the lock."""
        time.sleep(_PAUSE)
