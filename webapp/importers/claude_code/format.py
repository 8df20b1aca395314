"""Reads the session files of an upload: single files, or the folder `projects` with those of sub-agents."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Any

from webapp.importers import untrusted
from webapp.importers.agents.sessions import Facts, unreadable_lines
from webapp.importers.attempts import attempt, empty_chat
from webapp.importers.claude_code.lineage import find_chats, find_pieces
from webapp.importers.claude_code.records import read_entries
from webapp.importers.claude_code.session import session_record
from webapp.importers.json_stream import read_elements

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from webapp.importers.bundle import Bundle, Member
    from webapp.importers.claude_code.lineage import Chat, Piece
    from webapp.importers.claude_code.records import Entry
    from webapp.importers.probe import Probe
    from webapp.importers.records import Record

_MESSAGES = ("user", "assistant")
_OTHERS = {
    "summary": "leafUuid",
    "file-history-snapshot": "snapshot",
    "queue-operation": "operation",
    "system": "subtype",
    "attachment": "attachment",
    "custom-title": "sessionId",
    "ai-title": "sessionId",
    "last-prompt": "sessionId",
    "mode": "sessionId",
    "progress": "sessionId",
}
_MARKS = ("timestamp", "uuid", "sessionId", "parentUuid")


class ClaudeCode:
    """The sessions of Claude Code."""

    name = "claude-code"
    label = "Claude Code"

    def claims(self, probe: Probe) -> bool:
        if probe.shape == "object":
            return _are_records(untrusted.items(probe.members, "loglines") or [probe.members])
        return probe.shape == "lines" and _are_records(probe.objects())

    def read(self, bundle: Bundle, members: Sequence[Member]) -> Iterator[Record]:
        pieces: list[Piece] = []
        for member in members:
            lines: list[int] = []
            found = find_pieces(member, lines)
            pieces += found
            if lines:
                yield unreadable_lines(member.name, lines)
            if not found:
                yield empty_chat(member.name)
        names = {member.name: member for member in bundle.members}
        for _, chats in groupby(find_chats(pieces), key=lambda chat: chat.members):
            yield from _read_chats(list(chats), names)


FORMAT = ClaudeCode()


def _are_records(values: Sequence[Any]) -> bool:
    """Recognize messages; without any, the records that stand beside them. Other programs have such records, too."""
    messages = [value for value in values if untrusted.text(value, "type") in _MESSAGES]
    return any(map(_is_message, messages)) if messages else any(map(_is_beside, values))


def _is_message(value: Any) -> bool:
    is_message = isinstance(untrusted.at(value, "message"), dict)
    return is_message and "content" in value["message"] and any(mark in value for mark in _MARKS)


def _is_beside(value: Any) -> bool:
    kind = untrusted.text(value, "type")
    return kind in _OTHERS and _OTHERS[kind] in value and ("sessionId" in value or kind in ("summary", "attachment"))


def _read_chats(chats: Sequence[Chat], names: dict[str, Member]) -> Iterator[Record]:
    """Read chats that stand in the same files: each file once."""
    wanted = {(piece.member, piece.session) for chat in chats for piece in chat.pieces}
    found: dict[tuple[Member, str], list[Entry]] = {key: [] for key in wanted}
    for member in dict.fromkeys(chats[0].members):
        for entry in read_entries(member):
            if (member, entry.session) in wanted:
                found[member, entry.session].append(entry)
    for chat in chats:
        entries = [found[piece.member, piece.session] for piece in chat.pieces]
        yield attempt(_place(chat), lambda: _record(chat, entries, names))  # noqa: B023 - called at once


def _place(chat: Chat) -> str:
    piece = chat.pieces[0]
    return f"{piece.member.name}, session {piece.session}" if piece.session else piece.member.name


def _record(chat: Chat, found: Sequence[Sequence[Entry]], names: dict[str, Member]) -> Record:
    entries: list[Entry] = []
    seen: set[str] = set()
    repeated = 0
    for number, piece in enumerate(found):
        for entry in piece:
            key = entry.uuid or (entry.key() if number else "")
            if key and key in seen:
                repeated += 1
                continue
            seen.add(key)
            if len(found) > 1 and not entry.uuid:
                seen.add(entry.key())
            entries.append(entry)
    first = chat.pieces[0]
    facts = Facts(place=_place(chat), external_id=chat.external_id, tags=("fork",) if chat.is_fork else ())
    if first.is_agent:
        facts.part_of = first.session or None
        facts.title = _task(first.member, names)
    return session_record(facts, entries, repeated)


def _task(member: Member, names: dict[str, Member]) -> str:
    """Return what a sub-agent was to do, from the small file beside its session."""
    beside = names.get(member.name.removesuffix(".jsonl") + ".meta.json")
    if beside is None or beside is member:
        return ""
    with beside.open() as stream:
        values = {str(element.path[0]): element.value for element in read_elements(stream) if len(element.path) == 1}
    return untrusted.text(values, "description")
