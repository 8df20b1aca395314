"""The state of the database as a driver's error shows it: full, read-only, gone, damaged or not migrated."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

from webapp.database.disk import disk_problem
from webapp.database.errors import DatabaseDamaged, DatabaseGone, DatabaseNotMigrated, DatabaseReadOnly, DiskFull
from webapp.errors import Unavailable

if TYPE_CHECKING:
    from pathlib import Path

#: SQLite result codes. Extended codes come before their primary code (https://sqlite.org/rescode.html).
_SQLITE: tuple[tuple[str, type[Unavailable]], ...] = (
    ("SQLITE_FULL", DiskFull),
    ("SQLITE_READONLY_DBMOVED", DatabaseGone),
    ("SQLITE_READONLY", DatabaseReadOnly),
    ("SQLITE_CORRUPT", DatabaseDamaged),
    ("SQLITE_NOTADB", DatabaseDamaged),
)
#: Damage to the full-text index only. `minutebook verify` reports it as a finding of its own.
_SQLITE_INDEX = "SQLITE_CORRUPT_VTAB"
#: These codes have several causes, so the disk is checked.
_SQLITE_DISK = ("SQLITE_IOERR", "SQLITE_CANTOPEN")
_SQLITE_NO_TABLE = ("no such table", "no such column")
#: SQLSTATE values (PostgreSQL documentation, appendix A).
_POSTGRES: dict[str, type[Unavailable]] = {
    "25006": DatabaseReadOnly,
    "3D000": DatabaseGone,
    "42P01": DatabaseNotMigrated,
    "42703": DatabaseNotMigrated,
    "53100": DiskFull,
    "XX001": DatabaseDamaged,
    "XX002": DatabaseDamaged,
}


def diagnosis(error: BaseException | None, file: Path | None) -> Unavailable | None:
    """Return the error for the state that a driver's error shows, or None if it shows none.

    `file` is the SQLite file, None on PostgreSQL.
    """
    if isinstance(error, sqlite3.Error):
        return _of_sqlite(error, file)
    kind = _POSTGRES.get(getattr(error, "sqlstate", None) or "")
    return kind() if kind else None


def _of_sqlite(error: sqlite3.Error, file: Path | None) -> Unavailable | None:
    code = getattr(error, "sqlite_errorname", "")
    if code == _SQLITE_INDEX:
        return None
    if code.startswith(_SQLITE_DISK):
        return (file and disk_problem(file)) or Unavailable()
    if code == "SQLITE_ERROR" and str(error).startswith(_SQLITE_NO_TABLE):
        return DatabaseNotMigrated()
    return next((kind() for prefix, kind in _SQLITE if code.startswith(prefix)), None)
