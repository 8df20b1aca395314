"""Cursor's `agent-transcripts/*.jsonl`: `{role, message: {content: [block]}}` without ids and times."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from webapp.importers import left_out, texts, untrusted
from webapp.importers.agents.copies import Copies, largest_first
from webapp.importers.agents.sessions import Facts, conversation, unreadable_lines, uuid_of
from webapp.importers.agents.turns import Turns
from webapp.importers.attempts import attempt
from webapp.importers.json_stream import read_lines

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from webapp.importers.bundle import Bundle, Member
    from webapp.importers.probe import Probe
    from webapp.importers.records import Record

_ROLES = ("user", "assistant", "system", "tool")
_QUERY = re.compile(r"<user_query>\n?(.*?)\n?</user_query>", re.DOTALL)
_IMAGES = ("image", "image_url", "input_image")


class Cursor:
    """The transcripts of Cursor's agent."""

    name = "cursor"
    label = "Cursor"

    def claims(self, probe: Probe) -> bool:
        objects = [probe.members] if probe.shape == "object" else probe.objects()
        return probe.shape in ("lines", "object") and bool(objects) and any(map(_is_turn, objects[:3]))

    def read(self, bundle: Bundle, members: Sequence[Member]) -> Iterator[Record]:  # noqa: ARG002 - has no other files
        copies = Copies()
        for member in largest_first(members, lambda member: uuid_of(member.base) or ""):
            with member.open() as stream:
                lines = [(int(element.path[0]), element.value) for element in read_lines(stream)]
            broken = [number for number, value in lines if not isinstance(value, dict)]
            if broken:
                yield unreadable_lines(member.name, broken)
            yield copies.checked(attempt(member.name, lambda: _record(member, lines)))  # noqa: B023 - called at once


FORMAT = Cursor()


def _is_turn(value: Any) -> bool:
    content = untrusted.at(value, "message", "content")
    marks = ("type", "uuid", "sessionId", "timestamp", "id")
    has_marks = any(mark in untrusted.mapping(value) for mark in marks)
    return untrusted.text(value, "role") in _ROLES and isinstance(content, list | str) and not has_marks


def _record(member: Member, lines: Sequence[tuple[int, Any]]) -> Record:
    turns = Turns()
    for _, value in lines:
        _add(turns, value)
    return conversation(Facts(place=member.name, external_id=uuid_of(member.base)), turns)


def _add(turns: Turns, value: Any) -> None:
    role = untrusted.text(value, "role")
    kind = untrusted.text(value, "type")
    if kind == "turn_ended":
        status = untrusted.text(value, "status")
        if status not in ("", "success", "completed"):
            turns.note(texts.note("interrupted by user" if status == "aborted" else f"turn ended: {status}"))
    elif role in ("user", "assistant"):
        _message(turns, role, untrusted.at(value, "message", "content"))
    elif role:
        turns.left_out[left_out.TOOL if role == "tool" else left_out.SYSTEM] += 1
    elif kind:
        turns.left_out[left_out.SYSTEM] += 1


def _message(turns: Turns, role: str, content: Any) -> None:
    if isinstance(content, str):
        content = [{"type": "text", "text": content}]
    blocks: list[str] = []
    tools: list[str] = []
    for block in content if isinstance(content, list) else ():
        kind = untrusted.text(block, "type")
        if kind == "text":
            blocks.append(_words(untrusted.text(block, "text"), role))
        elif kind in ("thinking", "reasoning"):
            turns.think(untrusted.text(block, "thinking") or untrusted.text(block, "text"))
        elif kind in ("tool_use", "tool-call"):
            tools.append(untrusted.name(block, "name") or untrusted.name(block, "toolName") or "tool")
        elif kind not in ("tool_result", "tool-result"):
            blocks.append(_other(turns, kind))
    text = texts.join_blocks(blocks)
    if role == "user":
        if text or not content:
            turns.prompt(text)
        return
    turns.answer(text)
    for name in tools:
        # A transcript has no results.
        turns.use_tool(name).has_failed = False


def _words(text: str, role: str) -> str:
    """Return what the person typed, without the context around it."""
    found = _QUERY.findall(text) if role == "user" else []
    return "\n\n".join(found) if found else text


def _other(turns: Turns, kind: str) -> str:
    if kind in _IMAGES:
        turns.left_out[left_out.MISSING_FILE] += 1
        return texts.missing_file("", "image")
    turns.left_out[left_out.UNKNOWN_PART] += 1
    return texts.note(f"part of an unknown kind: {kind or 'without a name'}")
