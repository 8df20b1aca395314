"""Inputs and results of services: plain immutable values, made directly from rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from webapp.agent.values import MonthCount
    from webapp.services.instruction_values import Instruction


class TagLabel(NamedTuple):
    """A tag, as its chats show it."""

    id: str
    name: str


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
    #: The digest of the transcript's last instruction, None if it has none.
    instructions_digest: bytes | None = None
    #: In the order of their names.
    tags: tuple[TagLabel, ...] = ()

    @property
    def last_idx(self) -> int:
        """The `idx` of the last message, −1 if there is none."""
        return self.message_count - 1


class StoredFile(NamedTuple):
    """A file of a message, under the name that it has there. An image has a width and a height in pixels."""

    id: str
    name: str
    media_type: str
    size: int
    width: int | None
    height: int | None
    sha256: bytes


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
    reasoning: str | None = None
    reasoning_seconds: float | None = None
    #: The parameters that were set for the answer.
    made_with: dict[str, Any] | None = None
    #: When the text was removed. The content is empty then.
    struck_at: datetime | None = None
    #: In their order. The only field that is not a column of the message.
    files: tuple[StoredFile, ...] = ()


class StruckPlace(NamedTuple):
    """When a message was struck, and the digests of its transcript before it and after it, with its text."""

    struck_at: datetime
    before: bytes | None
    digest: bytes


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
    reasoning: str | None = None
    reasoning_seconds: float | None = None
    made_with: dict[str, Any] | None = None
    #: Files that are stored for the user of the message. With files, the content may be empty.
    files: tuple[StoredFile, ...] = ()
    #: Of a stored message that a client names. Its content is empty.
    struck: StruckPlace | None = None


class Replacement(NamedTuple):
    """An edit, a regenerated answer or an undo, whose replaced messages are kept: the columns of its row."""

    id: str
    session_id: str
    made_at: datetime
    kind: str
    first_idx: int
    base_digest: bytes | None
    kept_count: int
    message_count: int
    last_message_id: str
    forked_at_idx: int | None

    def is_last_change(self, session: SessionRow, last_message_id: str | None) -> bool:
        """Say whether the transcript is as the replacement left it, so that it can be undone."""
        return (session.message_count, last_message_id) == (self.message_count, self.last_message_id)


class SessionPage(NamedTuple):
    """A page of the session list. `next` is the next page's cursor, None on the last page.

    `writing` are the ids of the sessions whose reply is being written, `unanswered` of those whose reply failed.
    """

    data: list[SessionRow]
    next: str | None
    writing: frozenset[str]
    unanswered: frozenset[str] = frozenset()


class TranscriptPage(NamedTuple):
    """A run of messages in `idx` order, with their session.

    `has_earlier` and `has_later` say whether the transcript continues before or after it.
    """

    session: SessionRow
    messages: list[TranscriptMessage]
    has_earlier: bool
    has_later: bool
    #: The change that can be undone, if the page was read for it and ends with the transcript.
    undoable: Replacement | None = None
    #: The instructions before these messages.
    instructions: Sequence[Instruction] = ()
    #: Those that the live turn will add, if the page was read for it.
    pending: Sequence[Instruction] = ()
    #: The files of the message that the live turn edits. Its end keeps them.
    pending_files: Sequence[StoredFile] = ()
