"""The rows of an export in a temporary database, where those of one chat are found together."""

from __future__ import annotations

import json
import shutil
import sqlite3
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, NamedTuple

from webapp.services.exports.archive import torn
from webapp.services.exports.owned import NAMED
from webapp.services.exports.row_reading import read_row
from webapp.services.exports.tables import TABLES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from webapp.services.exports.archive import Archive
    from webapp.services.exports.tables import Exported

#: Characters, and bytes of files, that take as long to write as a message of ordinary length.
_CHARACTERS, _BYTES = 4_000, 100_000
_PREFIX = ".rows-"


class Part(NamedTuple):
    """Messages of a chat that are written together: those from `low` on, before `high`."""

    position: int
    session_id: str
    low: int
    high: int
    is_last: bool


def _parents(exported: Exported) -> list[tuple[str, str]]:
    """Return the columns that refer to rows of the export, each with its table."""
    keys = [(str(key.parent.name), str(key.column.table.name)) for key in exported.table.foreign_keys]
    return sorted((column, table) for column, table in keys if table in NAMED)


#: The columns of each table by which its rows are found.
_KEYS = {
    exported.name: [
        *(["id"] if exported.name in NAMED else []),
        *(column for column, _ in _parents(exported)),
        *(["idx"] if exported.name == "session_messages" else []),
    ]
    for exported in TABLES
}
_WEIGHTS = f"""
    SELECT 1 + length(messages.facts) / {_CHARACTERS} + coalesce((
        SELECT sum(json_extract(files.facts, '$.size')) / {_BYTES} FROM message_files
        JOIN files ON files.id = message_files.file_id WHERE message_files.message_id = messages.id
    ), 0) FROM session_messages JOIN messages ON messages.id = session_messages.message_id
    WHERE session_messages.session_id = ? AND session_messages.idx >= ? ORDER BY session_messages.idx
"""  # noqa: S608 - its own numbers


@contextmanager
def unpack(archive: Archive, folder: Path | None, report: Callable[[], None]) -> Iterator[Unpacked]:
    """Read all rows into a database in a folder, and see that they fit together. Raises Invalid, and OSError."""
    for left in folder.glob(f"{_PREFIX}*") if folder else ():
        # A process that was killed could not remove it.
        shutil.rmtree(left, ignore_errors=True)
    with (
        TemporaryDirectory(prefix=_PREFIX, dir=folder) as made,
        closing(sqlite3.connect(Path(made) / "rows.db", isolation_level=None)) as connection,
    ):
        unpacked = Unpacked(connection)
        try:
            unpacked.fill(archive, report)
        except sqlite3.IntegrityError as error:
            raise torn("It has a row twice.") from error
        except sqlite3.OperationalError as error:
            raise OSError(f"The rows cannot be unpacked: {error}.") from error
        yield unpacked


class Unpacked:
    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def fill(self, archive: Archive, report: Callable[[], None]) -> None:
        for pragma in ("journal_mode = OFF", "synchronous = OFF"):
            self._connection.execute(f"PRAGMA {pragma}")
        self._connection.execute("BEGIN")
        for exported in TABLES:
            self._fill(archive, exported, report)
        self._check()
        self._connection.execute("COMMIT")

    def _fill(self, archive: Archive, exported: Exported, report: Callable[[], None]) -> None:
        name, keys = exported.name, _KEYS[exported.name]
        # The names are those of the tables.
        self._connection.execute(f'CREATE TABLE "{name}" ({", ".join([*keys, "facts"])})')
        marks = ", ".join("?" * (len(keys) + 1))
        insert = f'INSERT INTO "{name}" VALUES ({marks})'  # noqa: S608
        for facts in archive.rows(name):
            read_row(exported, facts)
            report()
            text = json.dumps(facts, ensure_ascii=False)
            self._connection.execute(insert, [*(facts.get(key) for key in keys), text])
        for key in keys:
            unique = "UNIQUE" if key == "id" else ""
            columns = "session_id, idx" if (name, key) == ("session_messages", "session_id") else key
            self._connection.execute(f'CREATE {unique} INDEX "{name} {key}" ON "{name}" ({columns})')

    def _check(self) -> None:
        """See that every row refers to rows of the export, and that every chat has its messages. Raises Invalid."""
        for exported in TABLES:
            for column, table in _parents(exported):
                query = (
                    f'SELECT "{column}" FROM "{exported.name}" WHERE "{column}" IS NOT NULL '  # noqa: S608
                    f'AND "{column}" NOT IN (SELECT id FROM "{table}") LIMIT 1'
                )
                for (strange,) in self._connection.execute(query):
                    raise torn(f"A row of {exported.name} refers to {strange}, which is not in it.")
        counted = (
            "SELECT sessions.id, json_extract(facts, '$.message_count'), count(idx), min(idx), max(idx) "
            "FROM sessions LEFT JOIN (SELECT session_id, idx FROM session_messages) AS links "
            "ON session_id = sessions.id GROUP BY sessions.id"
        )
        for id_, expected, count, first, last in self._connection.execute(counted):
            if (count, first or 0, -1 if last is None else last) != (expected, 0, expected - 1):
                raise torn(f"The chat {id_} should have {expected} messages and has {count}.")

    def parts(self, first: int, low: int, room: Callable[[], int]) -> Iterator[list[Part]]:
        """Yield the chats from a position on, in parts of about so much weight. `low` messages of the first are there.

        `room` is asked before each list.
        """
        batch: list[Part] = []
        left = room()
        query = "SELECT rowid - 1, id FROM sessions WHERE rowid > ? ORDER BY rowid"
        for position, session_id in self._connection.execute(query, [first]):
            is_last = False
            while not is_last:
                high, left, is_last = self._until(session_id, low, left)
                batch.append(Part(position, session_id, low, high, is_last))
                low = high
                if left <= 0:
                    yield batch
                    batch, left = [], room()
            low = 0
        if batch:
            yield batch

    def _until(self, session_id: str, low: int, room: int) -> tuple[int, int, bool]:
        """Return up to where a chat is written, the room that is left, and whether that is its end."""
        high = low
        room -= 1
        for (weight,) in self._connection.execute(_WEIGHTS, [session_id, low]):
            if room <= 0 and high > low:
                return high, room, False
            high += 1
            room -= weight
        return high, room, True

    def links(self, part: Part) -> list[dict[str, Any]]:
        query = "SELECT facts FROM session_messages WHERE session_id = ? AND idx >= ? AND idx < ? ORDER BY idx"
        return self._facts(query, [part.session_id, part.low, part.high])

    def among(self, name: str, column: str, values: Iterable[Any]) -> list[dict[str, Any]]:
        """Return the rows of a table with one of these values, in the order of the export."""
        wanted = json.dumps(sorted(set(values) - {None}))
        query = f'SELECT facts FROM "{name}" WHERE "{column}" IN (SELECT value FROM json_each(?)) ORDER BY rowid'  # noqa: S608
        return self._facts(query, [wanted])

    def _facts(self, query: str, values: list[Any]) -> list[dict[str, Any]]:
        return [json.loads(text) for (text,) in self._connection.execute(query, values)]
