"""The export of LobeChat, versions 1 and 2: tables of messages, topics and sessions in no order.

A topic is a chat; messages without one are the session's default chat. Their order is that of their times.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from webapp.importers import texts, untrusted
from webapp.importers.attempts import attempt, unreadable
from webapp.importers.json_files import whole
from webapp.importers.lobechat_chats import Names, conversation

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from webapp.importers.bundle import Bundle, Member
    from webapp.importers.probe import Probe
    from webapp.importers.records import Record


class LobeChat:
    """The formats of `{"state": {"messages"}}` and `{"data": {"messages"}, "schemaHash"}`."""

    name = "lobechat"
    label = "LobeChat"

    def claims(self, probe: Probe) -> bool:
        messages = _table(probe.members, "messages")
        is_lobe = "schemaHash" in probe.members or "exportType" in probe.members
        return isinstance(messages, list) and (is_lobe or any("topicId" in untrusted.mapping(one) for one in messages))

    def read(self, bundle: Bundle, members: Sequence[Member]) -> Iterator[Record]:  # noqa: ARG002 - has no other files
        for member in members:
            yield from _read(member)


FORMAT = LobeChat()


def _table(value: Any, name: str) -> Any:
    return next((found for key in ("data", "state") if (found := untrusted.at(value, key, name)) is not None), None)


def _read(member: Member) -> Iterator[Record]:
    value, errors = whole(member)
    for error in errors:
        yield unreadable(error.place, error.error or "")
    names = Names(_rows(value, "topics"), _rows(value, "sessions"))
    chats: dict[tuple[str, str], list[Any]] = {}
    for message in _rows(value, "messages"):
        topic, session = untrusted.name(message, "topicId"), untrusted.name(message, "sessionId")
        chats.setdefault((topic, "" if topic else session), []).append(message)
    for (topic, session), found in chats.items():
        place = f"{member.name}, {texts.clean_line(topic or session, 80) or 'default chat'}"
        yield _attempted(place, topic, session, found, names)


def _rows(value: Any, name: str) -> list[dict[str, Any]]:
    found = _table(value, name)
    return [row for row in found if isinstance(row, dict)] if isinstance(found, list) else []


def _attempted(place: str, topic: str, session: str, found: list[Any], names: Names) -> Record:
    return attempt(place, lambda: conversation(place, topic, session, found, names))
