"""Reads sessions: one a file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from webapp.importers import untrusted
from webapp.importers.agents.copies import Copies, largest_first
from webapp.importers.agents.sessions import Facts, conversation, unreadable_lines, uuid_of
from webapp.importers.attempts import attempt
from webapp.importers.json_stream import read_elements, read_lines
from webapp.importers.probe import probe
from webapp.importers.times import parse_time
from webapp.importers.vscode_copilot.operations import State, is_operation
from webapp.importers.vscode_copilot.session import Session

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from webapp.importers.bundle import Bundle, Member
    from webapp.importers.probe import Probe
    from webapp.importers.records import Record

_EXPORTED = ("requesterUsername", "responderUsername")
_STORED = ("sessionId", "creationDate", "version", "initialLocation")


class VsCodeCopilot:
    """The chats of GitHub Copilot in VS Code."""

    name = "vscode-copilot"
    label = "Copilot in VS Code"

    def claims(self, probe: Probe) -> bool:
        if probe.shape == "object":
            return _is_session(probe.members) or _is_log(probe.members)
        return probe.shape == "lines" and any(map(_is_log, probe.objects()[:1]))

    def read(self, bundle: Bundle, members: Sequence[Member]) -> Iterator[Record]:  # noqa: ARG002 - has no other files
        copies = Copies()
        for member in largest_first(members, lambda member: untrusted.name(probe(member).members, "sessionId")):
            value, broken = _load(member)
            if broken:
                yield unreadable_lines(member.name, broken)
            yield copies.checked(attempt(member.name, lambda: _record(member, value)))  # noqa: B023 - called at once


FORMAT = VsCodeCopilot()


def _is_session(value: Any) -> bool:
    requests = untrusted.items(value, "requests")
    # The elements of an empty array are not in a probe, nor is the array.
    if not requests:
        return all(mark in value for mark in _EXPORTED) or all(mark in value for mark in _STORED)
    return any("message" in untrusted.mapping(one) and ("response" in one or "requestId" in one) for one in requests)


def _is_log(value: Any) -> bool:
    return is_operation(value) and isinstance(untrusted.at(value, "v", "requests"), list)


def _load(member: Member) -> tuple[dict[str, Any], list[int]]:
    """Return the session, and the numbers of the requests or lines that cannot be read."""
    seen = probe(member)
    broken: list[int] = []
    with member.open() as stream:
        if seen.shape == "lines" or "kind" in seen.members:
            state = State()
            lost = [int(element.path[0]) for element in read_lines(stream) if not state.apply(element.value)]
            return state.value, lost
        value: dict[str, Any] = {}
        requests: list[Any] = []
        for element in read_elements(stream):
            if element.error is not None:
                broken.append(len(requests))
            elif element.path[:1] == ("requests",):
                requests.append(element.value)
            elif len(element.path) == 1:
                value[str(element.path[0])] = element.value
    return {**value, "requests": requests}, broken


def _record(member: Member, value: dict[str, Any]) -> Record:
    facts = Facts(
        place=member.name,
        external_id=untrusted.name(value, "sessionId") or uuid_of(member.base),
        title=untrusted.text(value, "customTitle"),
        create_time=parse_time(value.get("creationDate")),
        update_time=parse_time(value.get("lastMessageDate")),
    )
    session = Session(facts)
    for request in untrusted.items(value, "requests"):
        session.add(request)
    return conversation(facts, session.turns)
