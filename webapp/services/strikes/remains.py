"""What a committed strike leaves in SQLite's files: words in old segments of the full-text index, and its log."""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING

from sqlalchemy import func, select, text

from webapp.database.engine import db, write_lock
from webapp.database.failures import OUTAGE_ERRORS
from webapp.database.transaction import leave_transaction, writing
from webapp.observability.exceptions import describe_exception

if TYPE_CHECKING:
    from sqlalchemy import Connection

log = logging.getLogger(__name__)

#: Pages of the index that one transaction merges: some tens of milliseconds.
_PAGES = 200
_MERGE = text("INSERT INTO message_search (message_search, rank) VALUES ('merge', :pages)")
_CHANGES = select(func.total_changes())
#: Milliseconds to wait for the readers of the log.
_PATIENCE = 2_000

_LEFT = "Words of a removed message remain in %s. Remove the message again to erase them: %s"


def erase_remains(*, seconds: float) -> None:
    """Erase deleted words from the database's files, for `seconds` at most. It is a best effort after the commit.

    FTS5 marks deleted entries and drops them when it merges their segments. The write-ahead log is truncated, because
    it holds earlier versions of pages. PostgreSQL removes old row versions by itself (VACUUM).
    """
    leave_transaction()
    if db.engine.dialect.name != "sqlite":
        return
    try:
        if not _merge(time.monotonic() + seconds):
            log.warning(_LEFT, "the full-text index", "there was not enough time.")
        _truncate_log()
    except OUTAGE_ERRORS as error:
        log.warning(_LEFT, "the database's files", describe_exception(error))


def _merge(deadline: float) -> bool:
    """Merge all segments of the index, in short transactions. Return False if the time is not enough."""
    # A negative number begins to merge all segments into one (https://sqlite.org/fts5.html#the_merge_command).
    pages = -_PAGES
    while True:
        with writing() as connection:
            before = _total_changes(connection)
            connection.execute(_MERGE, {"pages": pages})
            # One change is the statement itself.
            is_done = _total_changes(connection) - before < 2
        if is_done:
            return True
        if time.monotonic() > deadline:
            return False
        pages = _PAGES


def _total_changes(connection: Connection) -> int:
    return int(connection.execute(_CHANGES).scalar_one())


def _truncate_log() -> None:
    lock = write_lock(db.engine)
    assert lock is not None
    with lock:
        connection = db.engine.raw_connection()
        try:
            cursor = connection.cursor()
            patience = cursor.execute("PRAGMA busy_timeout").fetchone()[0]
            cursor.execute(f"PRAGMA busy_timeout = {_PATIENCE}")
            is_busy = cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
            cursor.execute(f"PRAGMA busy_timeout = {patience}")
        finally:
            connection.close()
    if is_busy:
        log.warning(_LEFT, "the write-ahead log", "another transaction reads it.")
