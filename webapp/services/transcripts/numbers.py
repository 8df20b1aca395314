"""Numbers of messages (`seq`): their minute since 1970 times 4096, plus a counter inside the minute.

So a period of time is a range of numbers, in the table and in the full-text index. A full minute runs over into the
next one.
"""

from __future__ import annotations

import json
from itertools import count
from typing import TYPE_CHECKING

from sqlalchemy import text

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from sqlalchemy import Connection

A_MINUTE = 4096
#: Older messages are numbered as of December 1973. Smaller numbers were given by arrival, before numbers had times.
_FIRST_MINUTE = 1 << 21
FIRST_NUMBER = _FIRST_MINUTE * A_MINUTE
#: Minutes that are looked at together, once one is full.
_AHEAD = 64

_LAST = (
    "SELECT minutes.value, ("
    "SELECT max(seq) FROM messages WHERE seq >= minutes.value * 4096 AND seq < (minutes.value + 1) * 4096"
    ") FROM {} AS minutes"
)
_LAST_ON_SQLITE = text(_LAST.format("json_each(:minutes)"))
_LAST_ON_POSTGRES = text(_LAST.format("unnest(CAST(CAST(:minutes AS text) AS bigint[]))") + " (value)")

# A transaction that numbers messages of a minute excludes others from that minute, and a long one excludes all others.
_LOCK_MINUTE = text("SELECT pg_advisory_xact_lock_shared(4096, 64), pg_advisory_xact_lock(4096, :bucket)")
_LOCK_ALL = text("SELECT pg_advisory_xact_lock(4096, 64)")
_BUCKETS = 64


def minute_of(moment: datetime) -> int:
    """Return the minute by which a message of this time is numbered."""
    return max(_FIRST_MINUTE, int(moment.timestamp() // 60))


def number_from(moment: datetime) -> int:
    """Return the least number of a message of this minute or later."""
    return minute_of(moment) * A_MINUTE


def take_numbers(connection: Connection, moments: Sequence[datetime], *, lock_all: bool = False) -> list[int]:
    """Return a free number for each message, in the order of the messages inside a minute.

    The caller inserts them in the same transaction. `lock_all` is for many messages of many minutes: on PostgreSQL it
    makes all others wait for the end of the transaction.
    """
    minutes = [minute_of(moment) for moment in moments]
    on_postgres = connection.dialect.name == "postgresql"
    if on_postgres and lock_all:
        connection.execute(_LOCK_ALL).close()
    counters = _Counters(connection, minutes, lock_minutes=on_postgres and not lock_all)
    return [counters.take(minute) for minute in minutes]


class _Counters:
    """The next free number of each minute. On PostgreSQL, a minute is locked before it is read."""

    def __init__(self, connection: Connection, minutes: Iterable[int], *, lock_minutes: bool) -> None:
        self._connection = connection
        self._lock_minutes = lock_minutes
        self._next: dict[int, int] = {}
        self._read(sorted(set(minutes), key=_bucket))

    def take(self, minute: int) -> int:
        for candidate in count(minute):
            if candidate not in self._next:
                self._read(range(candidate, candidate + (1 if self._lock_minutes else _AHEAD)))
            number = self._next[candidate]
            if number < (candidate + 1) * A_MINUTE:
                self._next[candidate] += 1
                return number
        raise AssertionError("There is always a later minute.")

    def _read(self, minutes: Iterable[int]) -> None:
        wanted = [minute for minute in minutes if minute not in self._next]
        if self._lock_minutes:
            for bucket in dict.fromkeys(map(_bucket, wanted)):
                self._connection.execute(_LOCK_MINUTE, {"bucket": bucket}).close()
        on_sqlite = self._connection.dialect.name == "sqlite"
        values = json.dumps(wanted) if on_sqlite else "{" + ",".join(map(str, wanted)) + "}"
        statement = _LAST_ON_SQLITE if on_sqlite else _LAST_ON_POSTGRES
        for minute, last in self._connection.execute(statement, {"minutes": values}):
            self._next[minute] = minute * A_MINUTE if last is None else last + 1


def _bucket(minute: int) -> int:
    return minute % _BUCKETS
