"""Readiness: whether requests can be served now, both reads and writes."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from flask import current_app
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from webapp.config.settings import Settings
from webapp.database.disk import disk_problem
from webapp.database.engine import db
from webapp.database.errors import DatabaseGone, DatabaseNotMigrated, DatabaseReadOnly
from webapp.database.revision import head_revision
from webapp.database.transaction import leave_transaction, read_connection, writing
from webapp.errors import Busy, Unavailable
from webapp.state import current, find, provide

if TYPE_CHECKING:
    from sqlalchemy import TextClause
    from sqlalchemy.pool import QueuePool


_REVISION: TextClause = text("SELECT version_num FROM alembic_version")
_ANYTHING: TextClause = text("SELECT 1")
#: Whether a writing transaction would be read-only. The transaction that asks is read-only itself and says so.
_IS_READ_ONLY: TextClause = text(
    "SELECT CASE WHEN pg_is_in_recovery() THEN 'on' ELSE current_setting('default_transaction_read_only') END"
)
#: Changes nothing but needs everything that a write needs. SQLite touches the disk only at the commit.
_TOUCH: TextClause = text("UPDATE book SET id = id")

#: Seconds for which a successful write test is remembered, so that frequent probes take no lock each time.
_REMEMBERED_SECONDS = 1.0


class _RollBack(Exception):
    """Rolls back the write test."""


def failed_check() -> str | None:
    """Return the failed check, or None.

    "database": it does not answer or cannot be opened. "migrations": it is not at the newest revision. Otherwise the
    code of the error that requests get: "database-gone" (deleted, moved or replaced), "database-damaged",
    "database-read-only" or "disk-full". The check waits for no lock.
    """
    try:
        return _failed_read() or _failed_write()
    finally:
        leave_transaction()


def _failed_read() -> str | None:
    try:
        read_connection().execute(_ANYTHING)
    except DatabaseGone as gone:
        return "database" if _was_never_opened() else gone.code
    except Unavailable as error:
        return "database" if type(error) is Unavailable else error.code
    except (DBAPIError, PoolTimeout):
        return "database"
    try:
        revision = read_connection().scalar(_REVISION)
    except (DatabaseNotMigrated, DBAPIError):
        # The database answers but was never migrated.
        return "migrations"
    except Unavailable as error:
        return error.code
    return None if revision == head_revision() else "migrations"


def _was_never_opened() -> bool:
    pool = cast("QueuePool", db.engine.pool)
    return pool.checkedin() + pool.checkedout() == 0


@dataclass
class _LastWrite:
    """The last write that was tried, on the monotonic clock."""

    is_good_until: float = 0.0


def _failed_write() -> str | None:
    settings = current(Settings)
    if not settings.on_sqlite:
        is_read_only = read_connection().scalar(_IS_READ_ONLY) == "on"
        return DatabaseReadOnly.code if is_read_only else None
    problem = disk_problem(settings.sqlite_path)
    if problem is not None:
        return problem.code
    last = find(_LastWrite) or provide(current_app, _LastWrite())
    if time.monotonic() < last.is_good_until:
        return None
    code = _failed_touch()
    if code is None:
        last.is_good_until = time.monotonic() + _REMEMBERED_SECONDS
    return code


def _failed_touch() -> str | None:
    """Test a write and roll it back. If another writer holds the lock, writes are possible."""
    try:
        with writing(patience=0) as connection:
            connection.execute(_TOUCH)
            raise _RollBack
    except (_RollBack, Busy):
        return None
    except Unavailable as error:
        return error.code
    except (DBAPIError, PoolTimeout) as error:
        return None if _is_locked(error) else "database"


def _is_locked(error: Exception) -> bool:
    name = getattr(getattr(error, "orig", None), "sqlite_errorname", "")
    return str(name).startswith(("SQLITE_BUSY", "SQLITE_LOCKED"))
