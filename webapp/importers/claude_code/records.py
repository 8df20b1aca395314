"""The records of a session file, without what no message needs: inputs and outputs of tools."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from webapp.importers import untrusted
from webapp.importers.json_stream import read_elements, read_lines
from webapp.importers.probe import probe
from webapp.importers.times import parse_time

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from webapp.importers.bundle import Member

_MESSAGES = ("user", "assistant")


class Line(NamedTuple):
    """A record by its number in the file, from 0. `record` is None if it cannot be read."""

    number: int
    record: dict[str, Any] | None


@dataclass(slots=True, eq=False)
class Entry:
    """A record of a session."""

    record: dict[str, Any]
    kind: str
    session: str
    uuid: str
    parent: str | None
    time: datetime | None
    is_side: bool

    @property
    def content(self) -> Any:
        return self.record["message"]["content"] if self.kind in _MESSAGES else None

    def key(self) -> str:
        """Return what is equal for copies of a record."""
        if self.uuid:
            return self.uuid
        text = json.dumps(self.record, sort_keys=True, default=str)
        return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()


def read_records(member: Member) -> Iterator[Line]:
    """Yield the records of a file. Raises UnreadableUpload."""
    seen = probe(member)
    is_wrapped = seen.shape == "object" and "loglines" in seen.members
    with member.open() as stream:
        if is_wrapped:
            for element in read_elements(stream):
                if element.path[:1] == ("loglines",) and len(element.path) == 2:
                    yield Line(int(element.path[1]), _readable(element.value))
            return
        for element in read_lines(stream):
            yield Line(int(element.path[0]), _readable(element.value))


def read_entries(member: Member, unreadable: list[int] | None = None) -> Iterator[Entry]:
    """Yield the readable records, and add the numbers of the others to `unreadable`.

    A record without a session belongs to that of the record before, or of the first one; a summary to the session of
    the record that it names. Summaries without a session come last.
    """
    waiting: list[Entry] = []
    summaries: list[Entry] = []
    sessions: dict[str, str] = {}
    first = session = ""
    for entry in _entries(member, [] if unreadable is None else unreadable):
        if entry.kind == "summary" and not entry.session:
            summaries.append(entry)
            continue
        session = entry.session or session
        first = first or session
        waiting.append(entry)
        if session:
            yield from _assigned(waiting, session, sessions)
            waiting = []
    yield from _assigned(waiting, session, sessions)
    for entry in summaries:
        entry.session = sessions.get(untrusted.name(entry.record, "leafUuid"), first)
        yield entry


def _entries(member: Member, unreadable: list[int]) -> Iterator[Entry]:
    for line in read_records(member):
        if line.record is None:
            unreadable.append(line.number)
        else:
            yield _entry(line.record)


def _assigned(entries: list[Entry], session: str, sessions: dict[str, str]) -> Iterator[Entry]:
    for entry in entries:
        entry.session = session
        if entry.uuid:
            sessions.setdefault(entry.uuid, session)
        yield entry


def _readable(record: Any) -> dict[str, Any] | None:
    kind = untrusted.text(record, "type")
    if not kind:
        return None
    if kind in _MESSAGES:
        content = untrusted.at(record, "message", "content")
        if isinstance(content, list):
            return _slim(record) if not content or any(isinstance(block, dict) for block in content) else None
        return _slim(record) if isinstance(content, str) else None
    return _slim(record)


def _slim(record: dict[str, Any]) -> dict[str, Any]:
    record.pop("toolUseResult", None)
    for block in untrusted.items(record, "message", "content"):
        kind = untrusted.text(block, "type")
        if kind.endswith("tool_result"):
            block.pop("content", None)
        elif kind.endswith("tool_use"):
            block.pop("input", None)
    return record


def _entry(record: dict[str, Any]) -> Entry:
    parent = untrusted.name(record, "parentUuid") or untrusted.name(record, "logicalParentUuid")
    return Entry(
        record=record,
        kind=untrusted.text(record, "type"),
        session=untrusted.name(record, "sessionId"),
        uuid=untrusted.name(record, "uuid"),
        parent=parent or None,
        time=parse_time(record.get("timestamp")),
        is_side=record.get("isSidechain") is True,
    )
