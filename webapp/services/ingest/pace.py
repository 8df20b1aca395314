"""The size of an import's transactions, so that nobody else waits long for the write lock."""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from webapp.database.transaction import writing

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection

#: Seconds that a transaction should take: while others write, and while nobody does.
_AIM, _ALONE_AIM = 0.05, 0.07
#: Seconds between two transactions in which others get SQLite's lock. PostgreSQL serves its writers in turn.
_PAUSE = 0.005
#: The same while others write. SQLite's writers look for the lock only from time to time.
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
        self._released_at = float("-inf")
        self._pause = 0.0

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """Write in one transaction, after a pause since the last one. What the caller did since then counts as pause.

        Raises what `writing` raises.
        """
        self._rest()
        with writing() as connection:
            # Without the wait for the lock, which says how busy others are.
            began = time.monotonic()
            self._look(connection)
            yield connection
        self._released_at = time.monotonic()
        self._adapt(self._released_at - began)

    def _rest(self) -> None:
        seconds = self._released_at + self._pause - time.monotonic()
        if seconds > 0:
            time.sleep(seconds)

    def _look(self, connection: Connection) -> None:
        """See whether others have written since the last transaction (SQLite's `data_version`)."""
        if connection.dialect.name != "sqlite":
            return
        number = connection.exec_driver_sql("PRAGMA data_version").scalar_one()
        version = (id(connection.connection.dbapi_connection), int(number))
        if self._version is not None and self._version[0] == version[0] and self._version != version:
            self._shared_until = time.monotonic() + _SHARED_SECONDS
        self._version = version
        self._pause = _SHARED_PAUSE if self._is_shared() else _PAUSE

    def _adapt(self, seconds: float) -> None:
        aim = _AIM if self._is_shared() else _ALONE_AIM
        factor = min(1.5, max(0.3, aim / max(seconds, 0.001)))
        self.messages = int(min(_MOST, max(_LEAST, self.messages * factor)))

    def _is_shared(self) -> bool:
        return time.monotonic() < self._shared_until
