"""New numbers for messages that were numbered by arrival, and then a new full-text index.

It works in batches of one transaction each, so it can be ended at any moment and continues at the next start. The
numbers of a batch, and how far the index is, are stored in the batch's own transaction. Nothing is served meanwhile.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import bindparam, func, select, text, update

from webapp.database.transaction import read_connection, writing
from webapp.models import Book, KeptMessage, Message, table_of
from webapp.services.transcripts.numbers import FIRST_NUMBER, take_numbers

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection

_messages = table_of(Message)
_kept = table_of(KeptMessage)
_book = table_of(Book)

_BATCH = 5_000

_STATE = select(_book.c.renumbering, _book.c.indexed_to).with_for_update()
_COUNT = select(func.count()).select_from(_messages)
_ARRIVED = (
    select(_messages.c.seq, _messages.c.create_time)
    .where(_messages.c.seq < FIRST_NUMBER)
    .order_by(_messages.c.seq)
    .limit(_BATCH)
)
_NUMBER = update(_messages).where(_messages.c.seq == bindparam("old")).values(seq=bindparam("new"))
_NUMBER_KEPT = update(_kept).where(_kept.c.seq == bindparam("old")).values(seq=bindparam("new"))
_LAST_OF_BATCH = text(
    "SELECT max(seq) FROM (SELECT seq FROM messages WHERE seq > :after ORDER BY seq LIMIT :most) AS batch"
)
_INDEX_ON_SQLITE = text(
    "INSERT INTO message_search (rowid, owner, content, files) SELECT seq, owner, content, files "
    "FROM message_search_source WHERE seq > :after AND seq <= :last ORDER BY seq"
)
_INDEX_ON_POSTGRES = text(
    "INSERT INTO message_search SELECT seq, owner_id, is_lookup, is_question, words "
    "FROM message_search_source WHERE seq > :after AND seq <= :last"
)
_EMPTY_ON_SQLITE = text("INSERT INTO message_search (message_search) VALUES ('delete-all')")
_EMPTY_ON_POSTGRES = text("TRUNCATE message_search")
#: Made at once, the index is ready many times sooner than row by row.
_DROP_INDEX = text("DROP INDEX IF EXISTS message_search_index")
_MAKE_INDEX = text(
    "CREATE INDEX IF NOT EXISTS message_search_index ON message_search USING gin (words) WITH (fastupdate = off)"
)


def is_renumbered() -> bool:
    """Say whether every message has its number by time, and the full-text index has every message."""
    return read_connection().execute(select(_book.c.renumbering)).scalar() is None


def renumber(report: Callable[[str, int, int], None]) -> None:
    """Give their numbers to the messages that are left, then build the full-text index.

    `report` gets what is done ("numbers" or "index"), and how many of how many messages have it. Raises what the
    database raises.
    """
    total = read_connection().execute(_COUNT).scalar_one()
    done: dict[str, int] = {}
    while True:
        with writing() as connection:
            state, indexed_to = connection.execute(_STATE).one()
            if state is None:
                return
            step = _number_some(connection) if state == "numbers" else _index_some(connection, indexed_to or 0)
        done[state] = done.get(state, 0) + step
        report(state, min(done[state], total), total)


def _number_some(connection: Connection) -> int:
    on_sqlite = connection.dialect.name == "sqlite"
    if not on_sqlite:
        # Every change of a number would change the index, too.
        connection.execute(_EMPTY_ON_POSTGRES)
    rows = connection.execute(_ARRIVED).all()
    numbers = take_numbers(connection, [row.create_time for row in rows], lock_all=True)
    if rows:
        changes = [{"old": row.seq, "new": number} for row, number in zip(rows, numbers, strict=True)]
        connection.execute(_NUMBER, changes)
        connection.execute(_NUMBER_KEPT, changes)
    if len(rows) < _BATCH:
        connection.execute(_EMPTY_ON_SQLITE if on_sqlite else _DROP_INDEX)
        connection.execute(update(_book).values(renumbering="index", indexed_to=0))
    return len(rows)


def _index_some(connection: Connection, after: int) -> int:
    """Index the next batch."""
    on_sqlite = connection.dialect.name == "sqlite"
    last = connection.execute(_LAST_OF_BATCH, {"after": after, "most": _BATCH}).scalar()
    if last is None:
        if not on_sqlite:
            connection.execute(_MAKE_INDEX)
        connection.execute(update(_book).values(renumbering=None, indexed_to=None))
        return 0
    statement = _INDEX_ON_SQLITE if on_sqlite else _INDEX_ON_POSTGRES
    indexed = connection.execute(statement, {"after": after, "last": last}).rowcount
    connection.execute(update(_book).values(indexed_to=last))
    return int(indexed)
