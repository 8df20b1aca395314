"""Whether requests can be served now, reads and writes."""

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
from webapp.database.transaction import leave_transaction, writing
from webapp.errors import Busy, Unavailable
from webapp.state import current, find, provide

if TYPE_CHECKING:
    from sqlalchemy import TextClause
    from sqlalchemy.pool import QueuePool


_REVISION: TextClause = text("SELECT version_num FROM alembic_version")
_ANYTHING: TextClause = text("SELECT 1")
#: What a transaction that is to write would be. The one that asks this only reads, and says so.
_IS_READ_ONLY: TextClause = text(
    "SELECT CASE WHEN pg_is_in_recovery() THEN 'on' ELSE current_setting('default_transaction_read_only') END"
)
#: Changes nothing, and asks for all that a write needs. SQLite would not touch the disk before the commit.
_TOUCH: TextClause = text("UPDATE book SET id = id")

#: Seconds for which it is remembered that a write was possible: who asks often takes no lock each time.
_REMEMBERED_SECONDS = 1.0


class _Undone(Exception):
    """Ends a write transaction without a commit."""


def failed_check() -> str | None:
    """Return what is the matter, None if nothing.

    "database": it does not answer or cannot be opened. "migrations": it is not at the newest revision. Else the code of
    the refusal that requests are answered with: "database-gone" (deleted, moved or replaced), "database-damaged",
    "database-read-only" or "disk-full". No lock is waited for.
    """
    try:
        return _failed_read() or _failed_write()
    finally:
        leave_transaction()


def _failed_read() -> str | None:
    try:
        db.session.connection().execute(_ANYTHING)
    except DatabaseGone as gone:
        return "database" if _was_never_opened() else gone.code
    except Unavailable as error:
        return "database" if type(error) is Unavailable else error.code
    except (DBAPIError, PoolTimeout):
        return "database"
    try:
        revision = db.session.connection().scalar(_REVISION)
    except (DatabaseNotMigrated, DBAPIError):
        # It answers, and was never migrated.
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
        is_read_only = db.session.connection().scalar(_IS_READ_ONLY) == "on"
        return DatabaseReadOnly.code if is_read_only else None
    trouble = disk_problem(settings.sqlite_path)
    if trouble is not None:
        return trouble.code
    last = find(_LastWrite) or provide(current_app, _LastWrite())
    if time.monotonic() < last.is_good_until:
        return None
    code = _failed_touch()
    if code is None:
        last.is_good_until = time.monotonic() + _REMEMBERED_SECONDS
    return code


def _failed_touch() -> str | None:
    """Try a write and undo it. Where somebody else is writing at this moment, writes are possible."""
    try:
        with writing(patience=0) as connection:
            connection.execute(_TOUCH)
            raise _Undone
    except (_Undone, Busy):
        return None
    except Unavailable as error:
        return error.code
    except (DBAPIError, PoolTimeout) as error:
        return None if _is_locked(error) else "database"


def _is_locked(error: Exception) -> bool:
    name = getattr(getattr(error, "orig", None), "sqlite_errorname", "")
    return str(name).startswith(("SQLITE_BUSY", "SQLITE_LOCKED"))
