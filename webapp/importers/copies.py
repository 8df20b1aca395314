"""Chats that stand in an upload more than once.

The fullest copy of a chat counts. Equal ids of different chats never merge them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

#: Texts of a chat by which its copies know each other.
_MARKS = 5
#: Chats of one id that are compared. More of them have no ids that mean anything.
_MOST_CHATS = 50


class Verdict(Enum):
    """What becomes of an entry with an id."""

    KEEP = "keep"
    #: A fuller copy of the same chat is in the upload.
    COPY = "copy"
    #: The id belongs to another chat.
    STRANGER = "stranger"


def marks_of(messages: Iterable[tuple[str, str]]) -> frozenset[int]:
    """Return hashes of the first messages of a chat that have words, each an id (empty if there is none) and a text."""
    found: set[int] = set()
    for message in messages:
        if message[1].strip():
            found.add(hash(message))
        if len(found) == _MARKS:
            break
    return frozenset(found)


@dataclass(slots=True)
class _Chat:
    """A chat, the positions of its copies, and that of the fullest one."""

    marks: frozenset[int]
    rank: tuple[float, int]
    fullest: int
    positions: list[int]


@dataclass(slots=True)
class Copies:
    """Takes every entry of an upload in a first reading, and judges it by its position in the second one."""

    _chats: dict[str, list[_Chat]] = field(default_factory=dict)
    _position: int = 0

    def add(self, chat_id: str, marks: frozenset[int], updated: datetime | None, size: int) -> None:
        """Take the next entry. The later update is the fuller copy; of equal ones, that with more messages."""
        position = self._position
        self._position += 1
        if not chat_id or not marks:
            return
        rank = (updated.timestamp() if updated else 0.0, size)
        chats = self._chats.setdefault(chat_id, [])
        same = next((chat for chat in chats if chat.marks & marks), None)
        if same is None:
            if len(chats) < _MOST_CHATS:
                chats.append(_Chat(marks, rank, position, [position]))
            return
        same.positions.append(position)
        same.marks |= marks
        if rank > same.rank:
            same.rank, same.fullest = rank, position

    def verdict(self, chat_id: str, position: int) -> Verdict:
        """Judge the entry at a position, counted from 0 in the order of `add`."""
        chats = self._chats.get(chat_id, [])
        for number, chat in enumerate(chats):
            if position in chat.positions:
                if position != chat.fullest:
                    return Verdict.COPY
                return Verdict.STRANGER if number else Verdict.KEEP
        return Verdict.STRANGER if chats else Verdict.KEEP

    def knows(self, chat_id: str) -> bool:
        """Say whether a chat with messages has the id."""
        return chat_id in self._chats
