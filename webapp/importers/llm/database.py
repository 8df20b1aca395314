"""A copy of a database of which nothing is certain: it may be damaged, and its values may have any type."""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
import weakref
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from webapp.importers.bundle import Member

_BUFFER = 1 << 20
#: Bytes of a text or a blob. Attachments have a limit of their own.
_LONGEST = 500_000_000
_PRAGMAS = ("query_only = ON", "trusted_schema = OFF", "cell_size_check = ON", "cache_size = -8000")


class DatabaseCopy:
    """A temporary copy of a file of an upload, with its write-ahead log. It goes when nothing refers to it any more."""

    def __init__(self, member: Member, log: Member | None = None) -> None:
        """Raise UnreadableUpload."""
        folder = Path(tempfile.mkdtemp(prefix="minutebook-llm-"))
        weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
        self._path = folder / "logs.db"
        _copy(member, self._path)
        if log is not None:
            _copy(log, folder / "logs.db-wal")

    @contextmanager
    def connect(self) -> Iterator[Database]:
        """Open the copy until the block ends. Raises sqlite3.Error."""
        with closing(sqlite3.connect(self._path)) as connection:
            connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _LONGEST)
            connection.text_factory = lambda data: data.decode("utf-8", "replace")
            try:
                for pragma in _PRAGMAS:
                    connection.execute(f"PRAGMA {pragma}")
                yield Database(connection)
            except UnicodeDecodeError:
                # The driver cannot decode the message of an error that quotes damaged names.
                raise sqlite3.DatabaseError("damaged names") from None


class Database:
    """Reads tables, with NULL for columns that a version does not have."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        # A view of an untrusted file may compute anything.
        self._tables = {
            name: {str(row[1]) for row in connection.execute("SELECT * FROM pragma_table_info(?)", [name])}
            for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
            if isinstance(name, str)
        }

    def has(self, table: str, *columns: str) -> bool:
        return table in self._tables and self._tables[table] >= set(columns)

    def rows(self, table: str, columns: str, rest: str = "", values: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
        """Yield the columns, named by words, of the rows; nothing without the table.

        `rest` is what follows the table in the statement. All parts are constants here. Raises sqlite3.Error.
        """
        known = self._tables.get(table)
        if known is None:
            return
        listed = ", ".join(f'"{name}"' if name in known else "NULL" for name in columns.split())
        yield from self._connection.execute(f'SELECT {listed} FROM "{table}" {rest}', values)  # noqa: S608

    def size_of(self, table: str, column: str, row_id: str) -> int:
        """Return the bytes of a blob, without reading it. Raises sqlite3.Error."""
        if not self.has(table, column, "id"):
            return 0
        statement = f'SELECT length(CAST("{column}" AS BLOB)) FROM "{table}" WHERE id = ?'  # noqa: S608
        found = self._connection.execute(statement, [row_id]).fetchone()
        return int(found[0] or 0) if found else 0


def _copy(member: Member, path: Path) -> None:
    with member.open() as source, path.open("wb") as target:
        shutil.copyfileobj(source, target, _BUFFER)
