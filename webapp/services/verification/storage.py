"""Checks of the database itself: its pages, references, and the indexes and triggers the app relies on."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from sqlalchemy import inspect, text

from webapp.database.engine import Base
from webapp.services.verification.values import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from webapp.services.verification.values import SnapshotReader

_POSTGRES_TRIGGERS = (
    "messages_are_final",
    "struck_messages_stay_empty",
    "instructions_are_final",
    "instruction_texts_are_final",
    "message_files_are_final",
)
_SQLITE_TRIGGERS = (
    *_POSTGRES_TRIGGERS,
    "message_search_insert",
    "message_search_delete",
    "message_search_strike",
)
_TRIGGERS = {
    True: text("SELECT name FROM sqlite_master WHERE type = 'trigger'"),
    False: text("SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled IN ('O', 'A')"),
}
_INVALID = text(
    """
    SELECT i.relname FROM pg_index AS x
    JOIN pg_class AS i ON i.oid = x.indexrelid JOIN pg_class AS t ON t.oid = x.indrelid
    JOIN pg_namespace AS n ON n.oid = t.relnamespace
    WHERE n.nspname = current_schema() AND NOT (x.indisvalid AND x.indisready)
    """
)


def check(reader: SnapshotReader) -> Iterator[Finding]:
    """Run the database's own integrity checks and find missing constraints, indexes and triggers."""
    yield from _check_sqlite(reader) if reader.on_sqlite else _check_postgres(reader)
    triggers = set(reader.connection().scalars(_TRIGGERS[reader.on_sqlite]))
    for name in _SQLITE_TRIGGERS if reader.on_sqlite else _POSTGRES_TRIGGERS:
        if name not in triggers:
            yield Finding("no-trigger", name, "The database does not keep this promise any more: a trigger is missing.")
    inspector = inspect(reader.connection())
    for table in Base.metadata.sorted_tables:
        present = {index["name"] for index in inspector.get_indexes(table.name)}
        for index in sorted(str(index.name) for index in table.indexes):
            if index not in present:
                yield Finding("no-index", index, f"An index of {table.name} is missing: reading it is slow.")


def _check_sqlite(reader: SnapshotReader) -> Iterator[Finding]:
    pragma = "quick_check" if reader.is_quick else "integrity_check"
    for (message,) in reader.connection().execute(text(f"PRAGMA {pragma}")):
        if message != "ok":
            yield Finding("damaged", "the database file", str(message))
    broken = Counter((row[0], row[2]) for row in reader.connection().execute(text("PRAGMA foreign_key_check")))
    for (table, parent), count in sorted(broken.items()):
        yield Finding("reference", f"table {table}", f"{count} rows refer to rows of {parent} that are not there.")


def _check_postgres(reader: SnapshotReader) -> Iterator[Finding]:
    for (name,) in reader.connection().execute(_INVALID):
        yield Finding("invalid-index", str(name), "The database does not use this index. REINDEX rebuilds it.")
