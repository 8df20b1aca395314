"""Inserts rows of an export that the account does not have."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, insert, select, update

from webapp.models import ChatSession, Conversation, File, FileChunk, Message, Tag, table_of
from webapp.services.exports.archive import torn
from webapp.services.exports.owned import NAMED, existing_ids, existing_keys, foreign_references
from webapp.services.exports.row_reading import read_row
from webapp.services.transcripts.numbers import number_from, take_numbers

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sqlalchemy import Connection

    from webapp.services.exports.archive import Archive
    from webapp.services.exports.row_reading import Ids, Row
    from webapp.services.exports.tables import Exported

_messages, _conversations, _sessions = table_of(Message), table_of(Conversation), table_of(ChatSession)
_files, _chunks, _tags = table_of(File), table_of(FileChunk), table_of(Tag)

_NUMBERS = select(_messages.c.id, _messages.c.seq).where(_messages.c.id.in_(bindparam("ids", expanding=True)))
_TAKEN = select(_messages.c.seq).where(_messages.c.seq.in_(bindparam("seqs", expanding=True)))


class RowWriter:
    """Inserts in the caller's transaction. `inserted` counts the rows by table, `made_tags` has the ids of new tags."""

    def __init__(self, connection: Connection, owner_id: str, archive: Archive, ids: Ids) -> None:
        self.inserted: Counter[str] = Counter()
        self.made_tags: list[str] = []
        self._connection = connection
        self._owner = owner_id
        self._archive = archive
        self._ids = ids
        self._prepare: dict[str, Callable[[list[Row]], list[Row]]] = {
            "tags": lambda rows: self._without_known(_tags, "name_folded", rows),
            "files": lambda rows: self._without_known(_files, "sha256", rows),
            "conversations": self._with_free_names,
            "kept_messages": self._with_numbers,
            "live_turns": lambda rows: [row | {"token_id": None, "state": "failed"} for row in rows],
        }
        self._write: dict[str, Callable[[list[Row]], None]] = {
            "messages": self._write_messages,
            "files": self._write_files,
        }

    def add(self, exported: Exported, all_facts: Sequence[Row]) -> None:
        """Insert those of the rows that are not there. Raises Invalid for one that refers to another account's row."""
        rows = [self._ids.place(exported, read_row(exported, facts)) for facts in all_facts]
        new = self._prepared(exported.name, self._without_existing(exported, rows))
        if not new:
            return
        strange = foreign_references(self._connection, exported, new, self._owner)
        if strange:
            raise torn(f"A row of {exported.name} refers to {min(strange)}, which is not in it.")
        write = self._write.get(exported.name)
        if write is not None:
            write(new)
        else:
            self._connection.execute(insert(exported.table), new)
        self.inserted[exported.name] += len(new)
        if exported.name == _tags.name:
            self.made_tags += [row["id"] for row in new]

    def change_session(self, session_id: str, values: Row) -> None:
        self._connection.execute(update(_sessions).where(_sessions.c.id == session_id).values(**values))

    def _without_existing(self, exported: Exported, rows: list[Row]) -> list[Row]:
        if not rows:
            return []
        if exported.name in NAMED:
            known = existing_ids(self._connection, exported.name, [row["id"] for row in rows])
            return [row for row in rows if row["id"] not in known]
        there = existing_keys(self._connection, exported, rows)
        columns = [column.name for column in exported.table.primary_key.columns]
        return [row for row in rows if tuple(row[name] for name in columns) not in there]

    def _prepared(self, name: str, rows: list[Row]) -> list[Row]:
        prepare = self._prepare.get(name)
        return prepare(rows) if prepare is not None and rows else rows

    def _without_known(self, table: Any, name: str, rows: list[Row]) -> list[Row]:
        """Leave out the rows that the account has under another id, and remember that id."""
        column = table.c[name]
        same = select(column, table.c.id).where(
            table.c.owner_id == self._owner, column.in_([row[name] for row in rows])
        )
        known: dict[Any, str] = {row[0]: row[1] for row in self._connection.execute(same)}
        self._ids.known |= {row["id"]: known[row[name]] for row in rows if row[name] in known}
        return [row for row in rows if row[name] not in known]

    def _with_free_names(self, rows: list[Row]) -> list[Row]:
        """Let a conversation that was imported here, too, be known by its id alone: the other one keeps its name."""
        pairs = [(row["origin"], row["external_id"]) for row in rows if row["external_id"] is not None]
        there = select(_conversations.c.origin, _conversations.c.external_id).where(
            _conversations.c.owner_id == self._owner,
            _conversations.c.external_id.in_([external_id for _, external_id in pairs]),
        )
        known = {tuple(row) for row in self._connection.execute(there)} if pairs else set()
        return [row | {"external_id": None} if (row["origin"], row["external_id"]) in known else row for row in rows]

    def _with_numbers(self, rows: list[Row]) -> list[Row]:
        ids = [row["message_id"] for row in rows]
        numbers: dict[str, int] = {row[0]: row[1] for row in self._connection.execute(_NUMBERS, {"ids": ids})}
        return [row | {"seq": numbers.get(row["message_id"], row["seq"])} for row in rows]

    def _write_messages(self, rows: list[Row]) -> None:
        """Insert messages under their numbers, and those whose number is taken under others."""
        taken = set(self._connection.scalars(_TAKEN, {"seqs": [row["seq"] for row in rows]}))
        free = [row for row in rows if row["seq"] not in taken and row["seq"] >= number_from(row["create_time"])]
        others = [row for row in rows if row["seq"] in taken or row["seq"] < number_from(row["create_time"])]
        if free:
            self._connection.execute(insert(_messages), free)
        if others:
            numbers = take_numbers(self._connection, [row["create_time"] for row in others])
            moved = [row | {"seq": seq} for row, seq in zip(others, numbers, strict=True)]
            self._connection.execute(insert(_messages), sorted(moved, key=lambda row: row["seq"]))

    def _write_files(self, rows: list[Row]) -> None:
        self._connection.execute(insert(_files), rows)
        for row in rows:
            for position, data in enumerate(self._archive.pieces(row["sha256"], row["size"])):
                chunk = {"file_id": row["id"], "position": position, "data": data}
                self._connection.execute(insert(_chunks), [chunk])
