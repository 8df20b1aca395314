"""Reads session files: one session a file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from webapp.importers import untrusted
from webapp.importers.agents.copies import Copies, largest_first
from webapp.importers.agents.sessions import Facts, conversation, unreadable_lines
from webapp.importers.attempts import attempt
from webapp.importers.gemini_cli.session import Session
from webapp.importers.gemini_cli.state import TYPES, load_state
from webapp.importers.times import parse_time

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from webapp.importers.bundle import Bundle, Member
    from webapp.importers.gemini_cli.state import State
    from webapp.importers.probe import Probe
    from webapp.importers.records import Record


class GeminiCli:
    """The sessions of Gemini CLI."""

    name = "gemini-cli"
    label = "Gemini CLI"

    def claims(self, probe: Probe) -> bool:
        if probe.shape == "object":
            messages = untrusted.items(probe.members, "messages")
            if not messages:
                return _is_header(probe.members) and "projectHash" in probe.members
            return "sessionId" in probe.members and any(untrusted.text(one, "type") in TYPES for one in messages)
        objects = probe.objects()
        return probe.shape == "lines" and bool(objects) and any(_is_header(one) for one in objects[:3])

    def read(self, bundle: Bundle, members: Sequence[Member]) -> Iterator[Record]:  # noqa: ARG002 - has no other files
        copies = Copies()
        for member in largest_first(members, lambda member: untrusted.name(load_state(member).header, "sessionId")):
            state = load_state(member)
            if state.unreadable:
                yield unreadable_lines(member.name, state.unreadable)
            yield copies.checked(attempt(member.name, lambda: _record(member, state)))  # noqa: B023 - called at once


FORMAT = GeminiCli()


def _is_header(value: Any) -> bool:
    header = untrusted.mapping(value)
    return "sessionId" in header and "startTime" in header and ("type" not in header)


def _record(member: Member, state: State) -> Record:
    header = state.header
    facts = Facts(
        place=member.name,
        external_id=untrusted.name(header, "sessionId") or None,
        title=untrusted.text(header, "summary"),
        create_time=parse_time(header.get("startTime")),
        update_time=parse_time(header.get("lastUpdated")),
    )
    session = Session(facts)
    for message in state.messages.values():
        session.add(message)
    return conversation(facts, session.turns)
