"""Which files of an upload belong to which session.

A file may hold several sessions, and a session may stand in several files: resumed, copied, or as a sub-agent's work
under the id of the session that it worked for. Only ids are kept in memory.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from webapp.importers.agents.sessions import stem_of, uuid_of
from webapp.importers.claude_code.records import read_entries

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from webapp.importers.bundle import Member

_AGENT_NAME = re.compile(r"^agent-|-agent$|(^|-)acompact(-|$)")


@dataclass(slots=True)
class Piece:
    """The records of one session in one file. `first` is the key of its first message, by which copies are found."""

    member: Member
    session: str
    first: str = ""
    records: int = 0
    messages: int = 0
    side: int = 0
    by_agents: int = 0

    @property
    def stem(self) -> str:
        return stem_of(self.member.base)

    @property
    def is_agent(self) -> bool:
        """Say whether it is the work of a sub-agent, for the session whose id it has."""
        if self.messages and self.messages in (self.side, self.by_agents):
            return True
        if not self.session or self.stem == self.session:
            return False
        return "subagents/" in self.member.name or bool(_AGENT_NAME.search(self.stem))

    @property
    def chat(self) -> str:
        """The id of its conversation, or an empty text."""
        if self.is_agent:
            return f"{self.session}/{self.stem}" if self.session else self.stem
        return self.session or uuid_of(self.member.base) or ""


@dataclass(slots=True)
class Chat:
    """A conversation of an upload."""

    external_id: str | None
    pieces: list[Piece]
    is_fork: bool = False
    keys: set[str] = field(default_factory=set)

    @property
    def members(self) -> tuple[Member, ...]:
        return tuple(piece.member for piece in self.pieces)


def find_pieces(member: Member, unreadable: list[int]) -> list[Piece]:
    """Return the sessions of a file, in their order, and add the unreadable lines. Raises UnreadableUpload."""
    pieces: dict[str, Piece] = {}
    for entry in read_entries(member, unreadable):
        piece = pieces.setdefault(entry.session, Piece(member, entry.session))
        piece.records += 1
        if entry.kind in ("user", "assistant"):
            piece.first = piece.first or entry.key()
            piece.messages += 1
            piece.side += entry.is_side
            piece.by_agents += bool(entry.record.get("agentId"))
    return list(pieces.values())


def find_chats(pieces: Iterable[Piece]) -> list[Chat]:
    """Group the pieces into conversations. Pieces of one id are one only if they share a record."""
    by_id: dict[str, list[Piece]] = {}
    chats: list[Chat] = []
    for piece in pieces:
        if piece.chat:
            by_id.setdefault(piece.chat, []).append(piece)
        else:
            chats.append(Chat(None, [piece]))
    for external_id, found in by_id.items():
        chats += _of_one_id(external_id, found)
    _mark_forks(chats)
    return chats


def _of_one_id(external_id: str, pieces: Sequence[Piece]) -> list[Chat]:
    if len(pieces) == 1:
        return [Chat(external_id, list(pieces))]
    groups: list[Chat] = []
    for piece in sorted(pieces, key=lambda piece: (piece.stem != piece.session, -piece.records)):
        keys = {entry.key() for entry in read_entries(piece.member) if entry.session == piece.session}
        related = [group for group in groups if not group.keys.isdisjoint(keys)]
        merged = Chat(None, [one for group in related for one in group.pieces] + [piece], keys=keys)
        merged.keys.update(*(group.keys for group in related))
        groups = [group for group in groups if group not in related] + [merged]
    for number, group in enumerate(groups):
        group.external_id = external_id if number == 0 else f"{external_id}:{group.pieces[0].first or number}"
        group.keys = set()
    return groups


def _mark_forks(chats: Iterable[Chat]) -> None:
    """Mark the sessions that begin with the same record as an earlier one."""
    first: set[str] = set()
    for chat in chats:
        key = chat.pieces[0].first
        chat.is_fork = bool(key) and key in first
        first.add(key)
