"""The records of a rollout: `{timestamp, type, payload}`. Older versions wrote the payload alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from webapp.importers import untrusted
from webapp.importers.codex.outcomes import has_failed
from webapp.importers.json_stream import read_elements, read_lines
from webapp.importers.probe import probe
from webapp.importers.times import parse_time

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from webapp.importers.bundle import Member

_OUTPUTS = ("function_call_output", "custom_tool_call_output", "local_shell_call_output", "mcp_tool_call_output")
_WRAPPED = ("session_meta", "turn_context", "response_item", "event_msg", "compacted")
#: What no message needs, and what may be large.
_HEAVY = ("arguments", "input", "encrypted_content", "replacement_history", "base_instructions", "instructions")
#: Payloads without a record around them, in files of the first versions.
ITEMS = ("message", "reasoning", "function_call", "local_shell_call", *_OUTPUTS)


class Item(NamedTuple):
    """A record. `group` is its type, `kind` that of its payload; `has_failed` is the outcome of a tool."""

    group: str
    kind: str
    payload: dict[str, Any]
    time: datetime | None
    has_failed: bool = False


@dataclass(slots=True)
class Rollout:
    """The records of a file, and the numbers of the lines that cannot be read."""

    items: list[Item]
    unreadable: list[int]


def read_rollout(member: Member) -> Rollout:
    """Read a file, without the outputs of tools. Raises UnreadableUpload."""
    rollout = Rollout([], [])
    for number, value in _values(member):
        item = item_of(value)
        if item is None:
            rollout.unreadable.append(number)
        else:
            rollout.items.append(item)
    return rollout


def item_of(value: Any) -> Item | None:
    """Return the record of a value, or None if it is none."""
    if not isinstance(value, dict):
        return None
    group = untrusted.text(value, "type")
    payload: Any = value.get("payload")
    if payload is None and group in ITEMS:
        group, payload = "response_item", value
    elif payload is None and not group and "id" in value and "timestamp" in value:
        group, payload = "session_meta", value
    if not isinstance(payload, dict):
        # The state of a session and the end of a turn have no payload.
        return Item(group or "state", "", {}, None) if group or "record_type" in value else None
    kind = untrusted.text(payload, "type")
    if group == "response_item" and not kind and "role" in payload:
        kind = "message"
    for key in _HEAVY:
        payload.pop(key, None)
    failed = kind in _OUTPUTS and has_failed(payload.pop("output", None))
    time = parse_time(value.get("timestamp")) or parse_time(payload.get("timestamp"))
    return Item(group, kind, payload, time, failed)


def is_rollout(value: Any) -> bool:
    """Say whether a value is a record that only Codex writes."""
    return untrusted.text(value, "type") in _WRAPPED and isinstance(untrusted.at(value, "payload"), dict)


def _values(member: Member) -> Iterator[tuple[int, Any]]:
    """Yield the values of a file by their number from 0; None for what is no JSON."""
    seen = probe(member)
    with member.open() as stream:
        if seen.shape == "object" and "items" in seen.members:
            for element in read_elements(stream):
                if element.path == ("session",):
                    yield 0, element.value
                elif element.path[:1] == ("items",) and len(element.path) == 2:
                    yield int(element.path[1]), element.value
            return
        for element in read_lines(stream):
            yield int(element.path[0]), element.value
