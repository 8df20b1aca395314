"""The size of an import's transactions, so that nobody else waits long for the write lock."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlalchemy import Connection

#: Seconds that a transaction should take, and the pause after it in which others get the lock.
_AIM, _PAUSE = 0.05, 0.005
#: The pause while others write. SQLite's writers look for the lock only from time to time.
_SHARED_PAUSE = 0.05
#: For so many seconds after somebody else's write, others are expected to write.
_SHARED_SECONDS = 2.0
_LEAST, _MOST = 100, 2_000


class Pace:
    """How many messages a transaction writes. It adapts to how long the last ones took."""

    def __init__(self) -> None:
        self.messages = 200
        self._version: tuple[int, int] | None = None
        self._shared_until = float("-inf")

    def look(self, connection: Connection) -> None:
        """See in a transaction whether others have written since the one before (SQLite's `data_version`)."""
        if connection.dialect.name != "sqlite":
            return
        number = connection.exec_driver_sql("PRAGMA data_version").scalar_one()
        version = (id(connection.connection.dbapi_connection), int(number))
        if self._version is not None and self._version[0] == version[0] and self._version != version:
            self._shared_until = time.monotonic() + _SHARED_SECONDS
        self._version = version

    def took(self, seconds: float) -> None:
        """Adapt to the duration of a transaction with about so many messages, and pause."""
        factor = min(1.5, max(0.3, _AIM / max(seconds, 0.001)))
        self.messages = int(min(_MOST, max(_LEAST, self.messages * factor)))
        self.rest()

    def rest(self) -> None:
        """Let others have the lock."""
        time.sleep(_SHARED_PAUSE if time.monotonic() < self._shared_until else _PAUSE)
