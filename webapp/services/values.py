"""Inputs and results of services: plain immutable values, made directly from rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

if TYPE_CHECKING:
    from datetime import datetime

    from webapp.agent.values import MonthCount


class SessionRow(NamedTuple):
    """A chat session without its messages. The fields are in the order of `SESSION_ROW`."""

    id: str
    conversation_id: str
    title: str
    title_source: str
    titled_by: str | None
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
    in_days: bool = True

    @property
    def last_idx(self) -> int:
        """The `idx` of the last message, −1 if there is none."""
        return self.message_count - 1


class TranscriptMessage(NamedTuple):
    """A message at its position in a transcript."""

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
    """An appended turn, and the session after it."""

    session: SessionRow
    user: TranscriptMessage
    assistant: TranscriptMessage


class ChatResult(NamedTuple):
    """A finished turn, whether it created its session, and the answer's citations."""

    turn: Turn
    made_session: bool
    histogram: tuple[MonthCount, ...] = ()


@dataclass(frozen=True, kw_only=True)
class NewMessage:
    """A message to append. Without an id it gets a new one.

    `pointer` is the JSON pointer of its content in the client's request, for errors.
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
    """A page of the session list. `next` is the next page's cursor, None on the last page.

    `writing` are the ids of the sessions whose reply is being written.
    """

    data: list[SessionRow]
    next: str | None
    writing: frozenset[str]


class TranscriptPage(NamedTuple):
    """A run of messages in `idx` order, with their session.

    `has_earlier` and `has_later` say whether the transcript continues before or after it.
    """

    session: SessionRow
    messages: list[TranscriptMessage]
    has_earlier: bool
    has_later: bool
