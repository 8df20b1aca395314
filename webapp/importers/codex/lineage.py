"""Sub-agents: their rollouts begin with a copy of the turns of the session that they work for, with new times."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from webapp.importers import untrusted
from webapp.importers.codex.records import item_of, read_rollout
from webapp.importers.json_stream import read_lines

if TYPE_CHECKING:
    from collections.abc import Sequence

    from webapp.importers.bundle import Member
    from webapp.importers.codex.records import Item

_HEADER_LINES = 5
_STARTS = ("task_started", "turn_started")


class Header(NamedTuple):
    """The id of a session, and that of the session that it works for; empty texts if there are none."""

    session: str
    parent: str


def header_of(member: Member) -> Header:
    """Read the header of a file."""
    with member.open() as stream:
        for element in islice(read_lines(stream), _HEADER_LINES):
            item = item_of(element.value)
            if item is not None and item.group == "session_meta":
                return read_header(item)
    return Header("", "")


def read_header(meta: Item) -> Header:
    session = untrusted.name(meta.payload, "id") or untrusted.name(meta.payload, "session_id")
    return Header(session, untrusted.name(meta.payload, "source", "subagent", "thread_spawn", "parent_thread_id"))


class Parents:
    """Knows the turns of those sessions of an upload that sub-agents worked for."""

    def __init__(self, members: Sequence[Member]) -> None:
        headers = {member: header_of(member) for member in members} if len(members) > 1 else {}
        wanted = {header.parent for header in headers.values() if header.parent}
        self._turns: dict[str, set[str]] = {}
        for member, header in headers.items():
            if header.session in wanted:
                turns = self._turns.setdefault(header.session, set())
                turns.update(turn for item in read_rollout(member).items if (turn := _turn(item)))

    def own_items(self, items: Sequence[Item], parent: str | None) -> Sequence[Item]:
        """Return the items after the last turn that the parent has, too."""
        inherited = self._turns.get(parent or "", set())
        end = 0
        is_inherited = False
        for number, item in enumerate(items if inherited else ()):
            turn = _turn(item)
            is_inherited = turn in inherited if turn else is_inherited
            end = number + 1 if is_inherited else end
        return items[end:]


def _turn(item: Item) -> str:
    """Return the id of the turn that begins with an item."""
    if item.group == "turn_context" or item.kind in _STARTS:
        return untrusted.name(item.payload, "turn_id")
    return ""
