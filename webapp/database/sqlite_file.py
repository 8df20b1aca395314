"""The file of an SQLite database: opened where it is, never made by opening it, and watched while it is open."""

from __future__ import annotations

import os
import sqlite3
from typing import TYPE_CHECKING, TypeAlias

from webapp.database.disk import is_writable
from webapp.database.errors import DatabaseGone

if TYPE_CHECKING:
    from pathlib import Path

    #: Device and inode: the same for as long as a file exists, wherever it is moved to on its disk.
    Identity: TypeAlias = tuple[int, int]

#: SQLite's files: the database, its write-ahead log, and the index of that, which processes share.
_SUFFIXES = ("", "-wal", "-shm")
#: Kept for as long as a connection: statements that were compiled.
_STATEMENTS = 512
_ALWAYS = ("foreign_keys = ON", "temp_store = MEMORY", "cache_size = -2000")
_WRITABLE = ("journal_mode = WAL", "synchronous = FULL")


class OpenDatabase(sqlite3.Connection):
    """A connection that knows which files it has open."""

    files: dict[str, Identity]
    #: The connections of the process to the same file; it takes itself off when it is closed.
    others: set[OpenDatabase]

    def close(self) -> None:
        """Close it. SQLite removes its log with the last connection, and makes another with the next."""
        self.others.discard(self)
        super().close()

    def check(self) -> None:
        """Raise DatabaseGone if a file that this connection has open is not at its path any more.

        A commit would go into a file that nobody finds. Costs a `stat` for each of three files.
        """
        for path, identity in self.files.items():
            if _identity(path) != identity:
                raise DatabaseGone


class SqliteFile:
    """Opens the connections to one file. All have the same file open, or none opens."""

    def __init__(self, path: Path, lock_timeout: float) -> None:
        self.path = path
        self._lock_timeout = lock_timeout
        self._identity: Identity | None = None
        self._open_ones: set[OpenDatabase] = set()

    def make(self) -> None:
        """Make the folder and an empty file where there is none: readable by their owner alone, as are side files."""
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.path.touch(mode=0o600)

    def connect(self) -> OpenDatabase:
        """Open the file. Raises sqlite3.Error, and DatabaseGone if it is not the one that was opened before.

        On a disk or with a file that cannot be written the connection reads; each write is refused by SQLite.
        """
        for other in tuple(self._open_ones):
            # SQLite would make a new log beside one that was deleted, and a transaction in either is lost to the other.
            other.check()
        connection = self._open()
        found = {f"{self.path}{suffix}": _identity(f"{self.path}{suffix}") for suffix in _SUFFIXES}
        connection.files = {path: identity for path, identity in found.items() if identity}
        identity = connection.files.get(str(self.path))
        if identity is None or self._identity not in (None, identity):
            connection.close()
            raise DatabaseGone
        self._identity = identity
        self._open_ones.add(connection)
        return connection

    def _open(self) -> OpenDatabase:
        try:
            return self._opened("mode=rw", *_WRITABLE)
        except sqlite3.OperationalError:
            if not self.path.is_file() or is_writable(self.path):
                raise
        return self._open_read_only()

    def _open_read_only(self) -> OpenDatabase:
        """Open a file beside which SQLite cannot make the index of the log that it shares with other processes.

        Nobody writes there, so nothing need be shared: without a log the file is read as it is; with one, each
        connection makes an index in its own memory (https://sqlite.org/wal.html, sections 5 and 8).
        """
        log = self.path.with_name(f"{self.path.name}-wal")
        if log.is_file() and log.stat().st_size:
            return self._opened("mode=ro&vfs=unix-none", "locking_mode = EXCLUSIVE")
        return self._opened("mode=ro&immutable=1")

    def _opened(self, mode: str, *pragmas: str) -> OpenDatabase:
        connection = sqlite3.connect(
            f"{self.path.as_uri()}?{mode}",
            uri=True,
            timeout=self._lock_timeout,
            # The driver would begin transactions by guessing; the engine's events begin them by what is known.
            isolation_level=None,
            cached_statements=_STATEMENTS,
            # The pool hands a connection from thread to thread, one at a time.
            check_same_thread=False,
            factory=OpenDatabase,
        )
        connection.others = self._open_ones
        try:
            for pragma in (*pragmas, *_ALWAYS):
                connection.execute(f"PRAGMA {pragma}")
            # SQLite opens its files with the first read.
            connection.execute("PRAGMA schema_version")
        except BaseException:
            connection.close()
            raise
        return connection


def _identity(path: str) -> Identity | None:
    try:
        found = os.stat(path)  # noqa: PTH116 - a third of the time of Path.stat, twice a transaction
    except OSError:
        return None
    return found.st_dev, found.st_ino
