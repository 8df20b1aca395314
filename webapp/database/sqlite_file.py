"""The SQLite file: opened where it is, never created by opening it, and checked while it is open."""

from __future__ import annotations

import os
import sqlite3
from typing import TYPE_CHECKING, TypeAlias

from webapp.database.disk import is_writable
from webapp.database.errors import DatabaseGone
from webapp.database.search_text import search_text

if TYPE_CHECKING:
    from pathlib import Path

    #: Device and inode. They stay the same while the file exists, even if it is renamed on its disk.
    Identity: TypeAlias = tuple[int, int]

#: SQLite's files: the database, its write-ahead log, and the shared-memory index of the log.
_SUFFIXES = ("", "-wal", "-shm")
#: Compiled statements that each connection caches.
_STATEMENTS = 512
# Deleted text is overwritten with zeros, so that "deleted permanently" holds for the file, too.
_ALWAYS = ("foreign_keys = ON", "secure_delete = ON", "temp_store = MEMORY", "cache_size = -2000")
_WRITABLE = ("journal_mode = WAL", "synchronous = FULL")


class OpenDatabase(sqlite3.Connection):
    """A connection that knows the identity of its open files."""

    files: dict[str, Identity]
    #: The process's open connections to the same file. A connection removes itself when it is closed.
    others: set[OpenDatabase]

    def close(self) -> None:
        """Close the connection. SQLite deletes its log with the last one and creates another with the next."""
        self.others.discard(self)
        super().close()

    def check(self) -> None:
        """Raise DatabaseGone if a file that this connection has open is no longer at its path.

        A commit would go into a file that nobody finds. The check costs one `stat` for each of three files.
        """
        for path, identity in self.files.items():
            if _identity(path) != identity:
                raise DatabaseGone


class SqliteFile:
    """Opens the connections to one file. All connections have the same file open, or none opens."""

    def __init__(self, path: Path, lock_timeout: float) -> None:
        self.path = path
        self._lock_timeout = lock_timeout
        self._identity: Identity | None = None
        self._open_ones: set[OpenDatabase] = set()

    def make(self) -> None:
        """Create the folder and an empty file if they are missing. Both are readable by their owner only."""
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.path.touch(mode=0o600)

    def connect(self) -> OpenDatabase:
        """Open the file. Raises sqlite3.Error, and DatabaseGone if it is not the file that was opened before.

        If the disk or the file is read-only, the connection reads and SQLite refuses each write.
        """
        for other in tuple(self._open_ones):
            # SQLite would create a new log beside a deleted one, and transactions in one would be lost to the other.
            other.check()
        connection = self._open()
        identities = {f"{self.path}{suffix}": _identity(f"{self.path}{suffix}") for suffix in _SUFFIXES}
        connection.files = {path: identity for path, identity in identities.items() if identity}
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
        """Open a file where SQLite cannot create the shared-memory index of its log.

        Nobody writes there, so nothing is shared. Without a log the file is read as it is. With a log, each connection
        builds the index in its own memory (https://sqlite.org/wal.html, sections 5 and 8).
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
            # The driver would guess when to begin a transaction. The engine's events begin them explicitly.
            isolation_level=None,
            cached_statements=_STATEMENTS,
            # The pool passes a connection from thread to thread, one at a time.
            check_same_thread=False,
            factory=OpenDatabase,
        )
        connection.others = self._open_ones
        # The triggers and the view of the full-text index call it.
        connection.create_function("search_text", 1, search_text, deterministic=True)
        try:
            for pragma in (*pragmas, *_ALWAYS):
                connection.execute(f"PRAGMA {pragma}")
            # SQLite opens its files at the first read.
            connection.execute("PRAGMA schema_version")
        except BaseException:
            connection.close()
            raise
        return connection


def _identity(path: str) -> Identity | None:
    try:
        status = os.stat(path)  # noqa: PTH116 - three times as fast as Path.stat, and it runs twice per transaction
    except OSError:
        return None
    return status.st_dev, status.st_ino
