"""Reads rollouts: one session a file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from webapp.importers import left_out, untrusted
from webapp.importers.agents.copies import Copies, largest_first
from webapp.importers.agents.sessions import Facts, conversation, unreadable_lines, uuid_of
from webapp.importers.attempts import attempt
from webapp.importers.codex.exec_output import exec_turns, is_exec_output
from webapp.importers.codex.lineage import Parents, header_of, read_header
from webapp.importers.codex.records import ITEMS, is_rollout, read_rollout
from webapp.importers.codex.session import Session
from webapp.importers.json_stream import read_lines
from webapp.importers.times import parse_time

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from webapp.importers.bundle import Bundle, Member
    from webapp.importers.codex.records import Item
    from webapp.importers.probe import Probe
    from webapp.importers.records import Record


class Codex:
    """The sessions of Codex."""

    name = "codex"
    label = "Codex"

    def claims(self, probe: Probe) -> bool:
        if probe.shape == "object":
            return is_rollout(probe.members) or _is_first_version(probe)
        if probe.shape != "lines":
            return False
        return any(is_rollout(one) or is_exec_output(one) for one in probe.objects()) or _is_first_lines(probe)

    def read(self, bundle: Bundle, members: Sequence[Member]) -> Iterator[Record]:  # noqa: ARG002 - has no other files
        copies = Copies()
        parents = Parents(members)
        for member in largest_first(members, lambda member: header_of(member).session):
            rollout = read_rollout(member)
            if rollout.unreadable:
                yield unreadable_lines(member.name, rollout.unreadable)
            record = attempt(member.name, lambda: _record(member, rollout.items, parents))  # noqa: B023 - called at once
            yield copies.checked(record)


FORMAT = Codex()


def _is_first_version(probe: Probe) -> bool:
    """Recognize `{"session": {"id", …}, "items": […]}`."""
    items = untrusted.items(probe.members, "items")
    return "id" in untrusted.mapping(probe.members, "session") and any(
        untrusted.text(item, "type") in ITEMS for item in items
    )


def _is_first_lines(probe: Probe) -> bool:
    """Recognize a header without a type, followed by items without a payload."""
    objects = probe.objects()
    if not objects or "type" in objects[0] or not {"id", "timestamp"} <= objects[0].keys():
        return False
    return any(untrusted.text(one, "type") in ITEMS or "record_type" in one for one in objects[1:])


def _record(member: Member, items: Sequence[Item], parents: Parents) -> Record:
    if not any(item.payload for item in items):
        return _exec_record(member)
    facts = Facts(place=member.name)
    meta = next((item for item in items if item.group == "session_meta"), None)
    if meta is not None:
        _read_meta(facts, meta)
    facts.external_id = facts.external_id or uuid_of(member.base)
    own = parents.own_items(items, facts.part_of)
    turns = Session(facts, own).turns()
    if len(own) < len(items):
        turns.left_out[left_out.DUPLICATE] += sum(item.kind == "message" for item in items) - sum(
            item.kind == "message" for item in own
        )
    return conversation(facts, turns)


def _exec_record(member: Member) -> Record:
    with member.open() as stream:
        values = (element.value for element in read_lines(stream) if isinstance(element.value, dict))
        thread, turns = exec_turns(values)
    return conversation(Facts(place=member.name, external_id=thread or None), turns)


def _read_meta(facts: Facts, meta: Item) -> None:
    payload = meta.payload
    header = read_header(meta)
    facts.external_id = header.session or None
    facts.part_of = header.parent or None
    facts.folder = untrusted.text(payload, "cwd")
    facts.saw(parse_time(payload.get("timestamp")))
    if payload.get("forked_from_id"):
        facts.tags = ("fork",)
