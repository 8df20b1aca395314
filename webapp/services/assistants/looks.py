"""A bound on how often users can make the server read lists of models again."""

from __future__ import annotations

import threading
import time

#: Seconds that one look may take, and between two looks at one connection.
LOOK_TIMEOUT = 5.0
_PAUSE = 10.0


class Looks:
    """When each connection was looked at last."""

    def __init__(self) -> None:
        self._looked_at: dict[str, float] = {}
        self._lock = threading.Lock()

    def may_look(self, connection_id: str) -> bool:
        """Return whether a look is due, and count it. Of several threads, one looks."""
        now = time.monotonic()
        with self._lock:
            if now - self._looked_at.get(connection_id, float("-inf")) < _PAUSE:
                return False
            self._looked_at[connection_id] = now
            return True
