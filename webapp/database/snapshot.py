"""A snapshot that outlives a request: a connection of its own, which reads one state of the database."""

from __future__ import annotations

from typing import TYPE_CHECKING

from webapp.database.engine import READS, db

if TYPE_CHECKING:
    from sqlalchemy import Connection

#: Rows that the driver holds at once.
_ROWS = 200


def open_snapshot() -> Connection:
    """Return a connection with a read transaction, for one thread at a time. The caller closes it.

    Results are read in parts, so that a long table needs no memory. No writer waits for it.
    """
    connection = db.engine.connect()
    try:
        connection.execution_options(**{READS: True}).begin()
        # PostgreSQL would declare a cursor for BEGIN, too.
        connection.execution_options(yield_per=_ROWS)
    except BaseException:
        connection.close()
        raise
    return connection
