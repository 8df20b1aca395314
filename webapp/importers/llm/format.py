"""Reads the databases of an upload, conversation by conversation."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

from webapp.importers import left_out
from webapp.importers.agents.copies import Copies
from webapp.importers.agents.sessions import Facts, conversation
from webapp.importers.agents.turns import Turns
from webapp.importers.attempts import attempt, unreadable
from webapp.importers.errors import UnreadableUpload
from webapp.importers.llm.attachments import Attachments
from webapp.importers.llm.database import DatabaseCopy
from webapp.importers.llm.responses import ResponseReader, has_responses, read_responses, title_of
from webapp.importers.llm.threads import ThreadReader, has_threads, is_turn, read_threads
from webapp.importers.records import LeftOut

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Any

    from webapp.importers.bundle import Bundle, Member
    from webapp.importers.llm.database import Database
    from webapp.importers.llm.threads import Thread
    from webapp.importers.probe import Probe
    from webapp.importers.records import Record

_HEAD = 1 << 20
#: Names in the definitions of tables that stand together in no other program's database.
_TRACES = ((b"responses", b"conversation_id"), (b"tip_message_hash",))


class Llm:
    """The logs of llm."""

    name = "llm"
    label = "llm (logs.db)"

    def claims(self, probe: Probe) -> bool:
        if probe.shape != "sqlite":
            return False
        try:
            with DatabaseCopy(probe.member).connect() as database:
                return has_responses(database) or has_threads(database)
        except sqlite3.Error:
            head = probe.member.head(_HEAD)
            return any(all(name in head for name in names) for names in _TRACES)

    def read(self, bundle: Bundle, members: Sequence[Member]) -> Iterator[Record]:
        copies = Copies()
        logs = {member.name: member for member in bundle.members if member.name.endswith("-wal")}
        for member in sorted(members, key=lambda member: -member.size):
            copy = DatabaseCopy(member, logs.get(f"{member.name}-wal"))
            for record in _read(member, copy):
                yield copies.checked(record)


FORMAT = Llm()


def _read(member: Member, copy: DatabaseCopy) -> Iterator[Record]:
    found = False
    try:
        with copy.connect() as database:
            if not has_responses(database) and not has_threads(database):
                raise UnreadableUpload(f"“{member.name}” is no database of llm.")
            for record in _Reader(member.name, database, Attachments(copy, database)).records():
                found = True
                yield record
    except sqlite3.Error:
        if not found:
            raise UnreadableUpload(
                f"The database “{member.name}” is damaged. Copy it again with `llm logs backup`."
            ) from None
        yield unreadable(member.name, "The database is damaged: what comes after this place cannot be read.")


class _Reader:
    def __init__(self, place: str, database: Database, attachments: Attachments) -> None:
        self._place = place
        self._database = database
        self._attachments = attachments

    def records(self) -> Iterator[Record]:
        threads = {thread.id: thread for thread in read_threads(self._database)}
        for conversation_id, found in read_responses(self._database):
            rows = [row for row in found if not is_turn(self._database, row[0])]
            if rows:
                yield self._record(conversation_id, rows, threads.pop(conversation_id, None))
        for thread in threads.values():
            yield self._record(thread.id, [], thread)
        unused = self._attachments.unused()
        if unused:
            reason = "No prompt of the database has these attachments."
            yield LeftOut(place=self._place, kind=left_out.UNUSED_FILE, reason=reason, count=unused)

    def _record(self, conversation_id: str, rows: Sequence[tuple[Any, ...]], thread: Thread | None) -> Record:
        place = f"{self._place}, conversation {conversation_id}"
        try:
            return attempt(place, lambda: self._conversation(place, conversation_id, rows, thread))
        except sqlite3.Error:
            return unreadable(place, "The database is damaged at this place.")

    def _conversation(
        self, place: str, conversation_id: str, rows: Sequence[tuple[Any, ...]], thread: Thread | None
    ) -> Record:
        facts = Facts(place=place, external_id=conversation_id, title=title_of(self._database, conversation_id))
        old = Turns()
        reader = ResponseReader(self._database, self._attachments, facts, old)
        for row in rows:
            reader.add(row)
        if thread is None:
            return conversation(facts, old)
        facts.title = facts.title or thread.name
        facts.saw(thread.time)
        facts.tags = ("fork",) if thread.is_fork else ()
        new = Turns()
        ThreadReader(self._database, self._attachments, facts, new).add(thread)
        return conversation(facts, old.followed_by(new))
