"""Copies of a SQLite file while others write to it, and the check of such a copy."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from webapp.database.diagnosis import diagnosis
from webapp.database.revision import head_revision
from webapp.database.sqlite_file import SqliteFile
from webapp.errors import AppError, Conflict

if TYPE_CHECKING:
    from collections.abc import Callable

#: Pages that are copied between two reports.
_PAGES = 2_000
_HEADER = b"SQLite format 3\0"


class CannotKeep(Conflict):
    """A backup, restore or copy is refused, or cannot be completed. The sentence says why."""

    code = "cannot-keep"


def copy_sqlite(source: Path, copy: Path, lock_timeout: float, report: Callable[[int, int], None]) -> None:
    """Copy a database into a new file, as it is at this moment. Writers do not wait, and do not make it begin anew.

    `report` is told how many pages are copied and how many there are. Raises CannotKeep, OSError and Unavailable.
    """
    new_file(copy)
    try:
        with closing(SqliteFile(source, lock_timeout).connect()) as reading, closing(sqlite3.connect(copy)) as writing:
            # The snapshot: what others write from now on is not in it.
            reading.execute("BEGIN")
            reading.execute("SELECT count(*) FROM sqlite_master").fetchone()
            reading.backup(writing, pages=_PAGES, progress=lambda _, left, total: report(total - left, total))
            reading.execute("ROLLBACK")
            # One file, without a log beside it.
            writing.execute("PRAGMA journal_mode = DELETE")
    except sqlite3.Error as error:
        copy.unlink(missing_ok=True)
        raise diagnosis(error, copy) or CannotKeep(f"SQLite says: {error}.") from error
    except BaseException:
        copy.unlink(missing_ok=True)
        raise
    sync(copy)


def new_file(path: Path) -> None:
    """Create an empty file that its owner alone can read. Raises CannotKeep if there is one, and OSError."""
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    except FileExistsError:
        raise CannotKeep(f"{path} exists already. Nothing was written. Choose another name.") from None


def sync(path: Path) -> None:
    """Wait until a file and its name are on the disk."""
    for each, flags in ((path, os.O_RDWR), (path.parent, os.O_RDONLY)):
        descriptor = os.open(each, flags)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def check_copy(path: Path) -> str:
    """Return the revision of a backup. Raises CannotKeep with the reason if it is none, and OSError."""
    with path.open("rb") as file:
        if file.read(len(_HEADER)) != _HEADER:
            raise CannotKeep(f"{path} is not a backup of Minutebook: it is not a SQLite database.")
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as connection:
            damage = [row[0] for row in connection.execute("PRAGMA integrity_check(3)") if row[0] != "ok"]
            row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    except sqlite3.Error as error:
        raise CannotKeep(f"{path} is not a whole backup of Minutebook. SQLite says: {error}.") from error
    if damage:
        raise CannotKeep(f"{path} is damaged. SQLite says: {damage[0]}.")
    if row is None:
        raise CannotKeep(f"{path} is not a backup of Minutebook: it has no revision.")
    if row[0] > head_revision():
        raise CannotKeep(f"{path} was made by a newer version of Minutebook. Install that version first.")
    return str(row[0])


def is_empty_file(path: Path, lock_timeout: float) -> bool:
    """Say whether a SQLite database has no account, chat or message. One that cannot be read is not empty."""
    if not path.exists() or path.stat().st_size == 0:
        return True
    try:
        with closing(SqliteFile(path, lock_timeout).connect()) as connection:
            tables = {row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
            if "users" not in tables:
                return not tables
            found = [
                connection.execute("SELECT 1 FROM users WHERE password_hash IS NOT NULL LIMIT 1").fetchone(),
                *(connection.execute(f"SELECT 1 FROM {name} LIMIT 1").fetchone() for name in ("sessions", "messages")),  # noqa: S608
            ]
    except (sqlite3.Error, AppError):
        return False
    return not any(found)


def replace_file(new: Path, path: Path, kept: Path | None) -> None:
    """Put a database in the place of another one, which is kept under another name with its log.

    Raises CannotKeep if a process has the old one open, and OSError.
    """
    # Neither has a log beside it then.
    close_log(new)
    if kept is not None:
        close_log(path)
        for suffix in ("-wal", "-shm", ""):
            with suppress(FileNotFoundError):
                Path(f"{path}{suffix}").rename(f"{kept}{suffix}")
    new.replace(path)
    sync(path)


def close_log(path: Path) -> None:
    """Write the log into the database. SQLite refuses that while another connection is open."""
    try:
        with closing(sqlite3.connect(path, timeout=1, isolation_level=None)) as connection:
            connection.execute("PRAGMA journal_mode = DELETE")
    except sqlite3.OperationalError as error:
        if getattr(error, "sqlite_errorname", "").startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
            raise CannotKeep(f"{path} is in use. Stop the server first. Nothing was changed.") from error
    except sqlite3.DatabaseError:
        # What is damaged is kept as it is, with its log.
        return
