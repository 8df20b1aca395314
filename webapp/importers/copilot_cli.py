"""Copilot CLI's `events.jsonl`: `{type, data, id, timestamp, parentId}`, one session a file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from webapp.importers import left_out, texts, untrusted
from webapp.importers.agents.copies import Copies, largest_first
from webapp.importers.agents.sessions import Facts, conversation, unreadable_lines, uuid_of
from webapp.importers.agents.turns import Turns
from webapp.importers.attempts import attempt
from webapp.importers.json_stream import read_lines
from webapp.importers.times import parse_time

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from webapp.importers.bundle import Bundle, Member
    from webapp.importers.probe import Probe
    from webapp.importers.records import Record

_STARTS = ("session.start", "session.resume")
_TYPES = ("user.message", "assistant.message", "system.message", "tool.execution_start", "session.model_change")
_NOTES = {"session.compaction_complete": "conversation compacted", "abort": "interrupted by user"}


class CopilotCli:
    """The sessions of GitHub Copilot CLI."""

    name = "copilot-cli"
    label = "Copilot CLI"

    def claims(self, probe: Probe) -> bool:
        return probe.shape in ("lines", "object") and any(
            untrusted.text(one, "type") in (*_STARTS, *_TYPES) and isinstance(one.get("data"), dict)
            for one in ([probe.members] if probe.shape == "object" else probe.objects())
        )

    def read(self, bundle: Bundle, members: Sequence[Member]) -> Iterator[Record]:  # noqa: ARG002 - has no other files
        copies = Copies()
        for member in largest_first(members, lambda member: _session_of(_load(member)) or ""):
            events = _load(member)
            broken = [number for number, value in events if not isinstance(value, dict)]
            if broken:
                yield unreadable_lines(member.name, broken)
            yield copies.checked(attempt(member.name, lambda: _record(member, events)))  # noqa: B023 - called at once


FORMAT = CopilotCli()


def _load(member: Member) -> list[tuple[int, Any]]:
    """Return the events by their lines, without the results of tools."""
    events: list[tuple[int, Any]] = []
    with member.open() as stream:
        for element in read_lines(stream):
            untrusted.mapping(element.value, "data").pop("result", None)
            events.append((int(element.path[0]), element.value))
    return events


def _session_of(events: Sequence[tuple[int, Any]]) -> str | None:
    found = (untrusted.name(event, "data", "sessionId") for _, event in events)
    return next((session for session in found if session), None)


def _record(member: Member, events: Sequence[tuple[int, Any]]) -> Record:
    parts = member.name.split("/")
    session = _session_of(events) or next((uuid for part in parts[::-1] if (uuid := uuid_of(part))), None)
    facts = Facts(place=member.name, external_id=session)
    reader = _Reader(facts)
    for _, event in events:
        reader.add(event)
    return conversation(facts, reader.turns)


class _Reader:
    def __init__(self, facts: Facts) -> None:
        self.turns = Turns()
        self._facts = facts
        self._model: str | None = None

    def add(self, event: Any) -> None:
        kind = untrusted.text(event, "type")
        data = untrusted.mapping(event, "data")
        if kind in ("user.message", "assistant.message"):
            self._message(event, data, is_user=kind == "user.message")
        elif kind == "tool.execution_start":
            self._start(data)
        elif kind == "tool.execution_complete":
            has_failed = data.get("success") is False or bool(data.get("error"))
            self.turns.end_tool(untrusted.name(data, "toolCallId"), has_failed=has_failed)
        elif kind == "assistant.reasoning":
            self.turns.think(untrusted.text(data, "content"))
        elif kind in _NOTES:
            self.turns.note(texts.note(_NOTES[kind]), once=True)
        elif kind == "session.error":
            self.turns.note(texts.note(f"error: {untrusted.text(data, 'message')}"), once=True)
        elif kind == "system.message":
            self.turns.left_out[left_out.SYSTEM] += 1
        else:
            self._know(kind, data)

    def _know(self, kind: str, data: dict[str, Any]) -> None:
        if kind == "session.model_change":
            self._model = texts.clean_line(data.get("newModel")) or self._model
        elif kind in _STARTS:
            self._model = texts.clean_line(data.get("selectedModel")) or self._model
            self._facts.folder = self._facts.folder or untrusted.text(data, "context", "cwd")

    def _message(self, event: Any, data: dict[str, Any], *, is_user: bool) -> None:
        time = parse_time(event.get("timestamp"))
        self._facts.saw(time)
        external_id = untrusted.name(event, "id") or None
        text = untrusted.text(data, "content")
        if not is_user:
            self.turns.think(untrusted.text(data, "reasoningText"))
            key = untrusted.name(data, "messageId")
            self.turns.answer(text, time, external_id, texts.clean_line(data.get("model")) or self._model, key=key)
            return
        blocks = [text]
        for attachment in untrusted.items(data, "attachments"):
            self.turns.left_out[left_out.MISSING_FILE] += 1
            name = untrusted.text(attachment, "displayName") or untrusted.text(attachment, "path")
            blocks.append(texts.missing_file(texts.file_name(name, "")))
        self.turns.prompt(texts.join_blocks(blocks), time, external_id)

    def _start(self, data: dict[str, Any]) -> None:
        self.turns.use_tool(untrusted.name(data, "toolName") or "tool", untrusted.name(data, "toolCallId"))
