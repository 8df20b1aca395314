"""The least that an import and an export could do: the same rows by the driver alone."""

from __future__ import annotations

import json
import time
import zipfile
from itertools import islice
from typing import TYPE_CHECKING, Any

from tests.bench.books import raw
from webapp.services.exports.tables import TABLES

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from webapp.config.settings import Settings

_BATCH = 500
#: In the order of the numbers, by which the full-text index is written fastest.
_ORDER = {
    "conversations": "SELECT * FROM conversations ORDER BY id",
    "sessions": "SELECT * FROM sessions ORDER BY id",
    "messages": "SELECT {} FROM messages ORDER BY seq",
    "session_messages": (
        "SELECT s.* FROM session_messages AS s JOIN messages AS m ON m.id = s.message_id ORDER BY m.seq"
    ),
}
#: What an import gives. The others are computed or empty.
_MESSAGE = "seq, id, conversation_id, role, create_time, content, model, finish_reason, reasoning, reasoning_seconds, is_lookup"


def insert_bare(source: Settings, target: Settings) -> float:
    """Copy chats into an empty database by `executemany`, 500 rows a transaction. Return the seconds of the inserts."""
    seconds = 0.0
    with raw(source) as reading, raw(target) as writing:
        cursor = writing.cursor()
        for table, query in _ORDER.items():
            names, rows = _rows(reading, table, query.format(_MESSAGE))
            mark = "?" if source.on_sqlite else "%s"
            insert = f"INSERT INTO {table} ({', '.join(names)}) VALUES ({', '.join([mark] * len(names))})"
            while few := list(islice(rows, _BATCH)):
                began = time.perf_counter()
                cursor.execute("BEGIN IMMEDIATE" if source.on_sqlite else "BEGIN")
                cursor.executemany(insert, few)
                cursor.execute("COMMIT")
                seconds += time.perf_counter() - began
    return seconds


def read_bare(source: Settings, path: Path) -> float:
    """Write every row of the exported tables into a zip archive as a line of JSON. Return the seconds."""
    began = time.perf_counter()
    with raw(source) as reading, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for exported in TABLES:
            columns = ", ".join(str(column.key) for column in exported.facts.columns)
            key = ", ".join(column.name for column in exported.table.primary_key)
            names, rows = _rows(reading, exported.name, f"SELECT {columns} FROM {exported.name} ORDER BY {key}")
            with archive.open(f"{exported.name}.ndjson", "w", force_zip64=True) as file:
                for row in rows:
                    facts = dict(zip(names, row, strict=True))
                    file.write(json.dumps(facts, ensure_ascii=False, default=_text).encode() + b"\n")
    return time.perf_counter() - began


def _text(value: Any) -> str:
    return value.hex() if isinstance(value, bytes) else str(value)


def _rows(connection: Any, table: str, query: str) -> tuple[list[str], Iterator[Any]]:
    """Return the names of the columns, and the rows as they come: neither driver holds all of them."""
    if hasattr(connection, "pgconn"):
        cursor = connection.cursor(f"rows_of_{table}", withhold=True)
        cursor.itersize = _BATCH
    else:
        cursor = connection.cursor()
    cursor.execute(query)
    return [column[0] for column in cursor.description], iter(cursor)
