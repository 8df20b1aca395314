"""Restoring of a whole account's export: chats with their ids, times, numbers and digests, in short transactions.

Each transaction has whole chats with everything that belongs to them, or a part of a long one. A chat of which only a
part is there is archived, so that nobody continues it.
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import bindparam, select, update
from sqlalchemy.exc import DataError, IntegrityError

from webapp.database.transaction import leave_transaction, read_connection, writing
from webapp.ids import canonical_id
from webapp.models import ChatSession, User, table_of
from webapp.services.account_locks import hold_account
from webapp.services.accounts.audit_log import record
from webapp.services.exports.archive import Archive, is_export, open_archive, torn
from webapp.services.exports.everything import ACCOUNT
from webapp.services.exports.new_ids import derived_id
from webapp.services.exports.owned import NAMED, existing_ids, owned_ids
from webapp.services.exports.related import related_rows
from webapp.services.exports.row_reading import Ids, read_row
from webapp.services.exports.row_writing import RowWriter
from webapp.services.exports.tables import TABLES
from webapp.services.exports.unpacked import unpack
from webapp.services.files.staging import remove_staged
from webapp.services.transcripts.numbers import take_numbers

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from sqlalchemy import Connection

    from webapp.services.exports.row_reading import Row
    from webapp.services.exports.unpacked import Part, Unpacked
    from webapp.services.users import CurrentUser

__all__ = ["Restore", "Restored", "RestoredPart", "is_export", "restore_export"]

_AT_ONCE = 500
#: The tables whose rows belong to no chat, or need not.
_REST = [exported for exported in TABLES if exported.name in {"tags", "ingest_runs", "ingest_conversations"}]
#: Messages of ordinary length in a transaction of `restore_export`.
_ROOM = 500

_sessions, _users = table_of(ChatSession), table_of(User)
_ACCOUNT = update(_users).where(_users.c.id == bindparam("owner"))
_COUNTS = select(_sessions.c.id, _sessions.c.message_count).where(
    _sessions.c.id.in_(bindparam("ids", expanding=True)), _sessions.c.owner_id == bindparam("owner")
)


class Restored(NamedTuple):
    """What a restore inserted, and how many chats it left as they were because they are here already.

    `has_new_ids`: ids of the export belong to another account here.
    """

    sessions: int
    messages: int
    files: int
    left_sessions: int
    has_new_ids: bool


class RestoredPart(NamedTuple):
    """A part of a chat that was written: its session here, and the digest of the transcript up to its end."""

    part: Part
    session_id: str
    last_digest: bytes | None


class Restore:
    """Writes an export into an account. `inserted` counts rows by table."""

    def __init__(self, user: CurrentUser, archive: Archive, unpacked: Unpacked) -> None:
        self.ids = Ids(user.id, are_new=_are_ids_of_others(archive, user.id))
        self._user = user
        self._archive = archive
        self._unpacked = unpacked

    def write(self, connection: Connection, parts: Sequence[Part]) -> tuple[list[RestoredPart], RowWriter]:
        """Write parts of chats in the caller's transaction. Chats that are here already stay as they are.

        Raises Invalid if rows do not fit.
        """
        hold_account(connection, self._user)
        # No other writer may take a number from now on.
        take_numbers(connection, [], lock_all=True)
        # Its rows must not refer to files that are not whole.
        remove_staged(connection, self._user)
        writer = RowWriter(connection, self._user.id, self._archive, self.ids)
        new = self._new(connection, parts)
        rows = related_rows(self._unpacked, new)
        try:
            for exported in TABLES:
                if exported.name == _sessions.name:
                    self._write_sessions(writer, new, rows[exported.name])
                else:
                    writer.add(exported, rows[exported.name])
        except (IntegrityError, DataError, OverflowError) as error:
            raise torn("Its rows do not fit together.") from error
        ends = {(link["session_id"], link["idx"] + 1): link["digest"] for link in rows["session_messages"]}
        digests = [ends.get((part.session_id, part.high)) for part in new]
        return [
            RestoredPart(part, self.ids.of(part.session_id), bytes.fromhex(digest) if digest else None)
            for part, digest in zip(new, digests, strict=True)
        ], writer

    def write_rest(self, number: int, connection: Connection) -> tuple[bool, RowWriter]:
        """Write some of the rows that belong to no chat, in the caller's transaction. Return whether there are more."""
        hold_account(connection, self._user)
        remove_staged(connection, self._user)
        writer = RowWriter(connection, self._user.id, self._archive, self.ids)
        start = number * _AT_ONCE
        is_more = False
        try:
            for exported in _REST:
                rows = list(islice(self._archive.rows(exported.name), start, start + _AT_ONCE))
                writer.add(exported, rows)
                is_more |= len(rows) == _AT_ONCE
        except (IntegrityError, DataError, OverflowError) as error:
            raise torn("Its rows do not fit together.") from error
        return is_more, writer

    def end(self, connection: Connection) -> None:
        """Restore the settings of the account that are not set here."""
        for row in self._archive.rows(ACCOUNT):
            for name in ("instructions", "last_assistant"):
                if isinstance(row.get(name), str):
                    statement = _ACCOUNT.where(_users.c[name].is_(None)).values({name: row[name]})
                    connection.execute(statement, {"owner": self._user.id})
        record(connection, self._user, "restored")

    def _new(self, connection: Connection, parts: Sequence[Part]) -> list[Part]:
        """Return the parts that are to be written: the beginnings of new chats, and what follows a part of ours."""
        ids = {part.session_id: self.ids.of(part.session_id) for part in parts}
        known = existing_ids(connection, _sessions.name, list(ids.values()))
        found = connection.execute(_COUNTS, {"ids": list(ids.values()), "owner": self._user.id})
        counts: dict[str, int] = {row.id: row.message_count for row in found}
        return [
            part
            for part in parts
            if (counts.get(ids[part.session_id]) == part.low if part.low else ids[part.session_id] not in known)
        ]

    def _write_sessions(self, writer: RowWriter, parts: Sequence[Part], all_facts: Sequence[Row]) -> None:
        exported = NAMED[_sessions.name]
        by_id = {facts["id"]: facts for facts in all_facts}
        begun = []
        for part in parts:
            facts = dict(by_id[part.session_id])
            if not part.is_last:
                facts |= {"message_count": part.high, "archived": True, "instructions_digest": None}
            if not part.low:
                begun.append(facts)
                continue
            row = self.ids.place(exported, read_row(exported, facts))
            writer.change_session(row.pop("id"), row)
        writer.add(exported, begun)


def restore_export(user: CurrentUser, path: Path, report: Callable[[int, int], None] | None = None) -> Restored:
    """Insert what an export has and the account does not. Chats that are here already stay as they are.

    `report` is told how many chats are written and how many there are. Raises Invalid for an export that is torn or
    does not fit together. Chats that were written before the reason was found are whole, and stay.
    """
    with open_archive(path) as archive, unpack(archive, None, lambda: None) as unpacked:
        restore = Restore(user, archive, unpacked)
        leave_transaction()
        inserted: Counter[str] | None = None
        for parts in unpacked.parts(0, 0, lambda: _ROOM):
            with writing() as connection:
                _, writer = restore.write(connection, parts)
            inserted = writer.inserted if inserted is None else inserted + writer.inserted
            if report is not None:
                report(parts[-1].position + 1, archive.counts[_sessions.name])
        number, is_more = 0, True
        while is_more:
            with writing() as connection:
                is_more, _ = restore.write_rest(number, connection)
                number += 1
                if not is_more:
                    restore.end(connection)
        counts: dict[str, Any] = dict(inserted or {})
        made = counts.get(_sessions.name, 0)
        return Restored(
            sessions=made,
            messages=counts.get("messages", 0),
            files=counts.get("files", 0),
            left_sessions=archive.counts[_sessions.name] - made,
            has_new_ids=restore.ids.are_new,
        )


def _are_ids_of_others(archive: Archive, owner_id: str) -> bool:
    """Say whether an id belongs to somebody else here, or stands here under a new id from an earlier restore."""
    connection = read_connection()
    for name in NAMED:
        ids = (str(canonical_id(str(row.get("id")))) for row in archive.rows(name))
        while few := list(islice(ids, _AT_ONCE)):
            if existing_ids(connection, name, few) - owned_ids(connection, name, few, owner_id):
                return True
            others = [derived_id(id_, owner_id) for id_ in few if id_ != "None"]
            if name == _sessions.name and existing_ids(connection, name, others):
                return True
    return False
