"""What services take and give: plain immutable values, made straight from rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

if TYPE_CHECKING:
    from datetime import datetime

    from webapp.agent.values import MonthCount


class SessionRow(NamedTuple):
    """A chat session without its messages. The order of the fields is the order of `SESSION_ROW`'s columns."""

    id: str
    conversation_id: str
    title: str
    title_source: str
    assistant: str | None
    pinned: bool
    archived: bool
    message_count: int
    revision: int
    created_at: datetime
    updated_at: datetime
    last_activity_at: datetime
    forked_from_id: str | None = None
    forked_at_idx: int | None = None

    @property
    def last_idx(self) -> int:
        """The `idx` of the last message, −1 where there is none."""
        return self.message_count - 1


class TranscriptMessage(NamedTuple):
    """A message at its place in a transcript."""

    idx: int
    id: str
    role: str
    content: str
    create_time: datetime
    model: str | None = None
    finish_reason: str | None = None
    usage: dict[str, Any] | None = None
    citations: list[dict[str, Any]] | None = None


class Turn(NamedTuple):
    """An appended turn and the session as the append left it."""

    session: SessionRow
    user: TranscriptMessage
    assistant: TranscriptMessage


class ChatResult(NamedTuple):
    """A turn that was answered and kept, whether it made its session, and what the answer looked at."""

    turn: Turn
    made_session: bool
    histogram: tuple[MonthCount, ...] = ()


@dataclass(frozen=True, kw_only=True)
class NewMessage:
    """A message to be appended, under an id of its own unless one is given.

    `pointer` is where a door's client finds its content, for refusals.
    """

    content: str
    role: Literal["user", "assistant"] = "user"
    id: str | None = None
    pointer: str = "#/content"
    create_time: datetime | None = None
    model: str | None = None
    finish_reason: str | None = None
    usage: dict[str, Any] | None = None
    citations: list[dict[str, Any]] | None = None


class SessionPage(NamedTuple):
    """A page of the session list. `next` is the cursor of the following page, None on the last.

    `writing` are the ids of those whose answer is being written.
    """

    data: list[SessionRow]
    next: str | None
    writing: frozenset[str]


class TranscriptPage(NamedTuple):
    """A run of messages in `idx` order, with the session it belongs to.

    `has_earlier` and `has_later` say whether the transcript goes on beyond it.
    """

    session: SessionRow
    messages: list[TranscriptMessage]
    has_earlier: bool
    has_later: bool
