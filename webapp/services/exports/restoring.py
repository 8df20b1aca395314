"""Restoring of a whole account's export: rows with their ids, times, numbers and digests, in one transaction."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import JSON, Uuid, bindparam, exists, func, insert, select, update
from sqlalchemy.exc import DataError, IntegrityError

from webapp.database.transaction import writing
from webapp.ids import canonical_id
from webapp.models import (
    ChatSession,
    Conversation,
    File,
    FileChunk,
    KeptMessage,
    Message,
    SessionMessage,
    Tag,
    User,
    table_of,
)
from webapp.services.accounts.audit_log import record
from webapp.services.exports.archive import Archive, is_export, open_archive, torn
from webapp.services.exports.everything import ACCOUNT
from webapp.services.exports.new_ids import derived_id, with_derived_ids
from webapp.services.exports.owned import NAMED, existing_ids, existing_keys, foreign_references, owned_ids
from webapp.services.exports.tables import TABLES
from webapp.services.files.staging import remove_staged
from webapp.services.transcripts.numbers import number_from, take_numbers
from webapp.services.transcripts.orphans import delete_orphans

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from sqlalchemy import Connection

    from webapp.services.exports.tables import Exported
    from webapp.services.users import CurrentUser

__all__ = ["Restored", "is_export", "restore_export"]

Row = dict[str, Any]

_AT_ONCE = 500

_sessions, _links, _messages = table_of(ChatSession), table_of(SessionMessage), table_of(Message)
_conversations, _kept, _users = table_of(Conversation), table_of(KeptMessage), table_of(User)
_files, _chunks, _tags = table_of(File), table_of(FileChunk), table_of(Tag)

_NUMBERS = select(_messages.c.id, _messages.c.seq).where(_messages.c.id.in_(bindparam("ids", expanding=True)))
_TAKEN = select(_messages.c.seq).where(_messages.c.seq.in_(bindparam("seqs", expanding=True)))
_LOOSE = (
    select(_messages.c.id)
    .join_from(_messages, _conversations, _conversations.c.id == _messages.c.conversation_id)
    .where(
        _conversations.c.owner_id == bindparam("owner"),
        ~exists().where(_links.c.message_id == _messages.c.id),
        ~exists().where(_kept.c.message_id == _messages.c.id),
    )
)
_LAST = (
    select(_sessions.c.id, _sessions.c.message_count, func.count(_links.c.idx), func.max(_links.c.idx))
    .outerjoin_from(_sessions, _links, _links.c.session_id == _sessions.c.id)
    .where(_sessions.c.id.in_(bindparam("ids", expanding=True)))
    .group_by(_sessions.c.id, _sessions.c.message_count)
)
_ACCOUNT = update(_users).where(_users.c.id == bindparam("owner"))


class Restored(NamedTuple):
    """What a restore inserted, and how many chats it left as they were because they are here already.

    `has_new_ids`: ids of the export belong to another account here.
    """

    sessions: int
    messages: int
    files: int
    left_sessions: int
    has_new_ids: bool


def restore_export(user: CurrentUser, path: Path, report: Callable[[int, int], None] | None = None) -> Restored:
    """Insert what an export has and the account does not. Chats that are here already stay as they are.

    `report` is told how many rows are read and how many there are. Raises Invalid for an export that is torn or does
    not fit together; nothing was changed then. Other writers wait until the end.
    """
    with open_archive(path) as archive:
        try:
            with writing() as connection:
                restore = _Restore(connection, user, archive, report or (lambda *_: None))
                restored = restore.run()
                record(connection, user, "restored")
                return restored
        except (IntegrityError, DataError, OverflowError) as error:
            raise torn("Its rows do not fit together.") from error


class _Restore:
    def __init__(
        self, connection: Connection, user: CurrentUser, archive: Archive, report: Callable[[int, int], None]
    ) -> None:
        self._connection = connection
        self._user = user
        self._owner = user.id
        self._archive = archive
        self._report = report
        self._done, self._total = 0, sum(archive.counts.values())
        self._has_new_ids = False
        #: Ids of tags and files that the account has under other ids.
        self._known: dict[str, str] = {}
        #: The chats that stay as they are, and the replacements in them.
        self._left: set[str] = set()
        self._new_sessions: list[str] = []
        self._inserted = dict.fromkeys((table.name for table in TABLES), 0)

    def run(self) -> Restored:
        # No other writer may take a number from now on.
        take_numbers(self._connection, [], lock_all=True)
        # Its rows must not refer to files that are not whole.
        remove_staged(self._connection, self._user)
        self._has_new_ids = self._are_ids_of_others()
        self._restore_account()
        for exported in TABLES:
            for rows in self._batches(exported):
                self._insert(exported, rows)
        self._check_transcripts()
        if self._left:
            loose = list(self._connection.scalars(_LOOSE, {"owner": self._owner}))
            for start in range(0, len(loose), _AT_ONCE):
                delete_orphans(self._connection, loose[start : start + _AT_ONCE])
        return Restored(
            sessions=len(self._new_sessions),
            messages=self._inserted[_messages.name],
            files=self._inserted[_files.name],
            left_sessions=self._archive.counts[_sessions.name] - len(self._new_sessions),
            has_new_ids=self._has_new_ids,
        )

    def _are_ids_of_others(self) -> bool:
        """Say whether an id belongs to somebody else here, or stands here under a new id from an earlier restore."""
        for name in NAMED:
            ids = (str(canonical_id(str(row.get("id")))) for row in self._archive.rows(name))
            while few := list(islice(ids, _AT_ONCE)):
                if existing_ids(self._connection, name, few) - owned_ids(self._connection, name, few, self._owner):
                    return True
                others = [derived_id(id_, self._owner) for id_ in few if id_ != "None"]
                if name == _sessions.name and existing_ids(self._connection, name, others):
                    return True
        return False

    def _restore_account(self) -> None:
        for row in self._archive.rows(ACCOUNT):
            for name in ("instructions", "last_assistant"):
                if isinstance(row.get(name), str):
                    column = _users.c[name]
                    self._connection.execute(
                        _ACCOUNT.where(column.is_(None)).values({name: row[name]}), {"owner": self._owner}
                    )

    def _batches(self, exported: Exported) -> Iterator[list[Row]]:
        rows = self._archive.rows(exported.name)
        while few := list(islice(rows, _AT_ONCE)):
            self._done += len(few)
            self._report(self._done, self._total)
            yield [self._read(exported, facts) for facts in few]

    def _read(self, exported: Exported, facts: Row) -> Row:
        try:
            row = exported.facts.read(facts)
            for column in exported.facts.columns:
                name, value = column.key, row[str(column.key)]
                if value is not None and isinstance(column.type, Uuid):
                    if canonical_id(value) != value:
                        raise ValueError(f"{value} is not an id")
                    row[str(name)] = self._id(value)
                elif value is not None and isinstance(column.type, JSON) and self._has_new_ids:
                    row[str(name)] = with_derived_ids(value, self._owner)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise torn(f"A row of {exported.name} has another form than this version expects ({error}).") from error
        if "owner_id" in exported.table.c:
            row["owner_id"] = self._owner
        return row

    def _id(self, id_: str) -> str:
        own = derived_id(id_, self._owner) if self._has_new_ids else id_
        return self._known.get(own, own)

    def _insert(self, exported: Exported, rows: list[Row]) -> None:
        name, columns = exported.name, list(exported.table.primary_key.columns)
        rows = [row for row in rows if not self._is_left(row)]
        if not rows:
            return
        if "id" in exported.table.c:
            known = existing_ids(self._connection, name, [row["id"] for row in rows])
            new = [row for row in rows if row["id"] not in known]
            self._left |= known if name in {"sessions", "replacements"} else set()
        else:
            there = existing_keys(self._connection, exported, rows)
            new = [row for row in rows if tuple(row[column.name] for column in columns) not in there]
        prepare = getattr(self, f"_prepare_{name}", None)
        if prepare is not None and new:
            new = prepare(new)
        if not new:
            return
        strange = foreign_references(self._connection, exported, new, self._owner)
        if strange:
            raise torn(f"A row of {name} refers to {min(strange)}, which is not in it.")
        self._write(exported, new)
        self._inserted[name] += len(new)

    def _is_left(self, row: Row) -> bool:
        if row.get("session_id") in self._left or row.get("replacement_id") in self._left:
            if "replacement_id" not in row and "kind" in row:
                self._left.add(row["id"])
            # A line of an import's report names its chat, and stays.
            return "run_id" not in row
        return False

    def _write(self, exported: Exported, rows: list[Row]) -> None:
        if exported.table is _messages:
            self._write_messages(rows)
            return
        self._connection.execute(insert(exported.table), rows)
        if exported.table is _sessions:
            self._new_sessions += [row["id"] for row in rows]
        if exported.table is _files:
            for row in rows:
                self._write_chunks(row)

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

    def _write_chunks(self, file: Row) -> None:
        for position, data in enumerate(self._archive.pieces(file["sha256"], file["size"])):
            chunk = {"file_id": file["id"], "position": position, "data": data}
            self._connection.execute(insert(_chunks), [chunk])

    def _prepare_tags(self, rows: list[Row]) -> list[Row]:
        return self._without_known(_tags, "name_folded", rows)

    def _prepare_files(self, rows: list[Row]) -> list[Row]:
        return self._without_known(_files, "sha256", rows)

    def _without_known(self, table: Any, name: str, rows: list[Row]) -> list[Row]:
        """Leave out the rows that the account has under another id, and remember that id."""
        column = table.c[name]
        same = select(column, table.c.id).where(
            table.c.owner_id == self._owner, column.in_([row[name] for row in rows])
        )
        known: dict[Any, str] = {row[0]: row[1] for row in self._connection.execute(same)}
        self._known |= {row["id"]: known[row[name]] for row in rows if row[name] in known}
        return [row for row in rows if row[name] not in known]

    def _prepare_conversations(self, rows: list[Row]) -> list[Row]:
        """Let a conversation that was imported here, too, be known by its id alone: the other one keeps its name."""
        pairs = [(row["origin"], row["external_id"]) for row in rows if row["external_id"] is not None]
        there = select(_conversations.c.origin, _conversations.c.external_id).where(
            _conversations.c.owner_id == self._owner,
            _conversations.c.external_id.in_([external_id for _, external_id in pairs]),
        )
        known = {tuple(row) for row in self._connection.execute(there)} if pairs else set()
        return [row | {"external_id": None} if (row["origin"], row["external_id"]) in known else row for row in rows]

    def _prepare_kept_messages(self, rows: list[Row]) -> list[Row]:
        ids = [row["message_id"] for row in rows]
        numbers: dict[str, int] = {row[0]: row[1] for row in self._connection.execute(_NUMBERS, {"ids": ids})}
        return [row | {"seq": numbers.get(row["message_id"], row["seq"])} for row in rows]

    def _prepare_live_turns(self, rows: list[Row]) -> list[Row]:
        return [row | {"token_id": None, "state": "failed"} for row in rows]

    def _check_transcripts(self) -> None:
        """Compare each new transcript with its session's count."""
        for start in range(0, len(self._new_sessions), _AT_ONCE):
            few = self._new_sessions[start : start + _AT_ONCE]
            for id_, expected, count, last in self._connection.execute(_LAST, {"ids": few}):
                if (count, -1 if last is None else last) != (expected, expected - 1):
                    raise torn(f"The chat {id_} should have {expected} messages and has {count}.")
