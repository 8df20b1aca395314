"""The findings and counts of a check, and the reader of its snapshot."""

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
    """A problem: its name, its location and its meaning."""

    what: str
    where: str
    meaning: str


@dataclass
class Counts:
    chats: int = 0
    places: int = 0
    messages: int = 0
    live_turns: int = 0
    files: int = 0


class SnapshotReader:
    """A snapshot of the database, read page by page."""

    def __init__(self, counts: Counts, *, quick: bool) -> None:
        self.counts = counts
        self.is_quick = quick
        self._connection: Connection | None = None

    @property
    def on_sqlite(self) -> bool:
        return db.engine.dialect.name == "sqlite"

    def connection(self) -> Connection:
        if self._connection is None:
            leave_transaction()
            self._connection = read_connection()
        return self._connection

    def release(self) -> None:
        """End the transaction. The next read opens a new snapshot."""
        self._connection = None
        leave_transaction()

    def rows(self, statement: Select[Any], *keys: ColumnElement[Any]) -> Iterator[Row[Any]]:
        """Yield the rows of a statement, ordered by its first columns, the keys."""
        ordered = statement.order_by(*keys).limit(PAGE)
        names = [f"after_{number}" for number in range(len(keys))]
        places = [bindparam(name, type_=key.type) for name, key in zip(names, keys, strict=True)]
        following = ordered.where(tuple_(*keys) > tuple_(*places) if len(keys) > 1 else keys[0] > places[0])
        page = self.connection().execute(ordered).all()
        while page:
            yield from page
            after = dict(zip(names, page[-1][: len(keys)], strict=True))
            page = self.connection().execute(following, after).all() if len(page) == PAGE else []
