"""Gemini CLI's session files: `chats/session-*.json`, or JSONL with a header, messages and operations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from webapp.importers import left_out, texts, untrusted
from webapp.importers.agents.copies import Copies, largest_first
from webapp.importers.agents.inline_files import inline_file
from webapp.importers.agents.sessions import Facts, conversation, unreadable_lines
from webapp.importers.agents.turns import Turns
from webapp.importers.attempts import attempt
from webapp.importers.json_stream import read_elements, read_lines
from webapp.importers.probe import probe
from webapp.importers.times import parse_time

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from webapp.importers.bundle import Bundle, Member
    from webapp.importers.probe import Probe
    from webapp.importers.records import ImportedFile, Record

_TYPES = ("user", "gemini", "info", "error", "warning")
_HEADER = ("sessionId", "startTime", "lastUpdated", "projectHash", "kind", "summary")
_UNFINISHED = ("scheduled", "validating", "executing", "awaiting_approval", "pending")


class GeminiCli:
    """The sessions of Gemini CLI."""

    name = "gemini-cli"
    label = "Gemini CLI"

    def claims(self, probe: Probe) -> bool:
        if probe.shape == "object":
            messages = untrusted.items(probe.members, "messages")
            if not messages:
                return _is_header(probe.members) and "projectHash" in probe.members
            return "sessionId" in probe.members and any(untrusted.text(one, "type") in _TYPES for one in messages)
        objects = probe.objects()
        return probe.shape == "lines" and bool(objects) and any(_is_header(one) for one in objects[:3])

    def read(self, bundle: Bundle, members: Sequence[Member]) -> Iterator[Record]:  # noqa: ARG002 - has no other files
        copies = Copies()
        for member in largest_first(members, lambda member: untrusted.name(_load(member).header, "sessionId")):
            session = _load(member)
            if session.unreadable:
                yield unreadable_lines(member.name, session.unreadable)
            yield copies.checked(attempt(member.name, lambda: _record(member, session)))  # noqa: B023 - called at once


FORMAT = GeminiCli()


class _Session:
    """The state of a session after all operations of its file."""

    def __init__(self) -> None:
        self.header: dict[str, Any] = {}
        self.messages: dict[str, Any] = {}
        self.unreadable: list[int] = []

    def apply(self, number: int, value: Any) -> None:
        changes = untrusted.mapping(value, "$set")
        if changes:
            if isinstance(changes.get("messages"), list):
                self.messages = {}
                self.add(changes["messages"])
            self._know(changes)
        elif "$rewindTo" in untrusted.mapping(value):
            self._rewind(untrusted.name(value, "$rewindTo"))
        elif untrusted.text(value, "type") in _TYPES:
            self.add([value])
        elif isinstance(value, dict):
            self._know(value)
            self.add(untrusted.items(value, "messages"))
        else:
            self.unreadable.append(number)

    def add(self, messages: Sequence[Any]) -> None:
        """Add messages. One with a known id is the newer text of that message."""
        for message in messages:
            self.messages[untrusted.name(message, "id") or f"number {len(self.messages)}"] = message

    def _know(self, values: dict[str, Any]) -> None:
        for key in _HEADER:
            if values.get(key) is not None:
                self.header.setdefault(key, values[key])
                if key in ("summary", "lastUpdated"):
                    self.header[key] = values[key]

    def _rewind(self, message_id: str) -> None:
        ids = list(self.messages)
        for later in ids[ids.index(message_id) :] if message_id in self.messages else ():
            del self.messages[later]


def _is_header(value: Any) -> bool:
    header = untrusted.mapping(value)
    return "sessionId" in header and "startTime" in header and ("type" not in header)


def _load(member: Member) -> _Session:
    session = _Session()
    is_object = probe(member).shape == "object"
    with member.open() as stream:
        if not is_object:
            for element in read_lines(stream):
                session.apply(int(element.path[0]), element.value)
            return session
        for element in read_elements(stream):
            if element.path[:1] == ("messages",) and element.error is None:
                session.add([element.value])
            elif element.error is not None:
                session.unreadable.append(len(session.messages))
            elif len(element.path) == 1:
                session.apply(0, {str(element.path[0]): element.value})
    return session


def _record(member: Member, session: _Session) -> Record:
    header = session.header
    facts = Facts(
        place=member.name,
        external_id=untrusted.name(header, "sessionId") or None,
        title=untrusted.text(header, "summary"),
        create_time=parse_time(header.get("startTime")),
        update_time=parse_time(header.get("lastUpdated")),
    )
    reader = _Reader(facts)
    for message in session.messages.values():
        reader.add(message)
    return conversation(facts, reader.turns)


class _Reader:
    def __init__(self, facts: Facts) -> None:
        self.turns = Turns()
        self._facts = facts
        self._files = 0

    def add(self, message: Any) -> None:
        kind = untrusted.text(message, "type")
        if kind in ("user", "gemini"):
            self._message(message, kind)
        elif kind in _TYPES:
            text, _ = self._content(message)
            self.turns.note(texts.note(f"{kind}: {text}" if kind != "info" else text))
        else:
            self.turns.left_out[left_out.UNKNOWN_PART] += 1
            self.turns.note(texts.note(f"part of an unknown kind: {kind or 'without a name'}"))

    def _message(self, message: Any, kind: str) -> None:
        time = parse_time(message.get("timestamp"))
        self._facts.saw(time)
        text, files = self._content(message)
        external_id = untrusted.name(message, "id") or None
        if kind == "user":
            self.turns.prompt(text, time, external_id, files)
            return
        for thought in untrusted.items(message, "thoughts"):
            parts = [untrusted.text(thought, "subject"), untrusted.text(thought, "description")]
            self.turns.think("\n\n".join(part for part in (parts[0] and f"**{parts[0]}**", parts[1]) if part))
        model = texts.clean_line(message.get("model")) or None
        self.turns.answer(text, time, external_id, model, files=files)
        for call in untrusted.items(message, "toolCalls"):
            self._tool(call)

    def _tool(self, call: Any) -> None:
        use = self.turns.use_tool(untrusted.name(call, "displayName") or untrusted.name(call, "name") or "tool")
        status = untrusted.text(call, "status")
        is_open = status in _UNFINISHED or (not status and not untrusted.at(call, "result"))
        use.has_failed = None if is_open else status in ("error", "cancelled")

    def _content(self, message: Any) -> tuple[str, list[ImportedFile]]:
        content = untrusted.at(message, "displayContent") or untrusted.at(message, "content")
        if isinstance(content, str):
            return texts.clean(content), []
        files: list[ImportedFile] = []
        parts = content if isinstance(content, list) else [content]
        return texts.join_blocks([self._part(part, files) for part in parts]), files

    def _part(self, part: Any, files: list[ImportedFile]) -> str:
        if isinstance(part, str):
            return texts.clean(part)
        if untrusted.at(part, "thought") is True:
            self.turns.think(untrusted.text(part, "text"))
            return ""
        if "text" in untrusted.mapping(part):
            return untrusted.text(part, "text")
        return self._file(part, files)

    def _file(self, part: Any, files: list[ImportedFile]) -> str:
        data = untrusted.mapping(part, "inlineData")
        kind = untrusted.text(data, "mimeType") or untrusted.text(part, "fileData", "mimeType")
        file = inline_file(untrusted.text(data, "data"), kind, self._files + 1)
        if file is not None:
            self._files += 1
            files.append(file)
            return ""
        if data or "fileData" in untrusted.mapping(part):
            self.turns.left_out[left_out.MISSING_FILE] += 1
            name = texts.file_name(untrusted.text(part, "fileData", "fileUri"), "")
            return texts.missing_file(name, "image" if kind.startswith("image/") else "file")
        keys = untrusted.mapping(part)
        if not keys or "functionCall" in keys or "functionResponse" in keys:
            return ""
        self.turns.left_out[left_out.UNKNOWN_PART] += 1
        return texts.note(f"part of an unknown kind: {', '.join(map(str, keys))}")
