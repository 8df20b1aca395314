"""The state of a session after all operations of its file.

`{"$set": {"messages": […]}}` replaces the list, `{"$rewindTo": id}` takes back a message and what came after it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from webapp.importers import untrusted
from webapp.importers.json_stream import read_elements, read_lines
from webapp.importers.probe import probe

if TYPE_CHECKING:
    from collections.abc import Sequence

    from webapp.importers.bundle import Member

TYPES = ("user", "gemini", "info", "error", "warning")
_HEADER = ("sessionId", "startTime", "lastUpdated", "projectHash", "kind", "summary")


class State:
    """The header and the messages of a session, and the numbers of the lines that cannot be read."""

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
        elif untrusted.text(value, "type") in TYPES:
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


def load_state(member: Member) -> State:
    session = State()
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
