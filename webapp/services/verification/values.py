"""What a check finds, what it counts, and how it reads."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import bindparam, tuple_

from webapp.database.engine import db
from webapp.database.transaction import leave_transaction, read_connection

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import ColumnElement, Connection, Row, Select

#: Rows in memory at once. A message may have hundreds of kilobytes.
PAGE = 50


class Finding(NamedTuple):
    """Something that is wrong: its name, where it is, and what it means."""

    what: str
    where: str
    meaning: str


@dataclass
class Counts:
    """How much was looked at."""

    chats: int = 0
    places: int = 0
    messages: int = 0
    live_turns: int = 0


class SnapshotReader:
    """The eyes of a check: a snapshot of the database, read a page at a time."""

    def __init__(self, counts: Counts, *, quick: bool) -> None:
        self.counts = counts
        self.is_quick = quick
        self._connection: Connection | None = None

    @property
    def on_sqlite(self) -> bool:
        """Whether the database is an SQLite file."""
        return db.engine.dialect.name == "sqlite"

    def connection(self) -> Connection:
        """Return the connection of a transaction in which everything stands still."""
        if self._connection is None:
            leave_transaction()
            self._connection = read_connection()
        return self._connection

    def release(self) -> None:
        """End the transaction; the next look is at another snapshot."""
        self._connection = None
        leave_transaction()

    def rows(self, statement: Select[Any], *keys: ColumnElement[Any]) -> Iterator[Row[Any]]:
        """Yield the rows of a statement whose first columns are these keys, in their order."""
        ordered = statement.order_by(*keys).limit(PAGE)
        names = [f"after_{number}" for number in range(len(keys))]
        places = [bindparam(name, type_=key.type) for name, key in zip(names, keys, strict=True)]
        following = ordered.where(tuple_(*keys) > tuple_(*places) if len(keys) > 1 else keys[0] > places[0])
        page = self.connection().execute(ordered).all()
        while page:
            yield from page
            after = dict(zip(names, page[-1][: len(keys)], strict=True))
            page = self.connection().execute(following, after).all() if len(page) == PAGE else []
