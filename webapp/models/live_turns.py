from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from webapp.database.types import Id, Instant
from webapp.models.base import Model


class LiveTurn(Model):
    """A turn in progress: the question and the partial reply. A chat session has at most one.

    It is not a message. Either it becomes one or two messages in a single transaction that deletes the row, or it is
    discarded. `attempt` identifies one try at a reply and becomes the id of the assistant's message. A process may
    write only while it holds the current attempt.
    """

    __tablename__ = "live_turns"
    __table_args__ = (CheckConstraint("state IN ('writing', 'failed')", name="state"),)

    session_id: Mapped[str] = mapped_column(Id, ForeignKey("sessions.id"), primary_key=True)
    attempt: Mapped[str] = mapped_column(Id, unique=True)
    user_message_id: Mapped[str] = mapped_column(Id)
    content: Mapped[str] = mapped_column(Text)
    # The instructions for the assistant, with their places: [[position, text, role, origin], …]. They are no messages.
    system_messages: Mapped[list[list[Any]] | None] = mapped_column(JSON(none_as_null=True))
    # How the answer is to be made: the fields of a Parameters.
    parameters: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    assistant: Mapped[str] = mapped_column(Text)
    # The session's last `idx` at the start, the question's `idx`, and the first `idx` that the turn replaces.
    base_idx: Mapped[int]
    question_idx: Mapped[int]
    replaces_from_idx: Mapped[int | None]
    state: Mapped[str] = mapped_column(String(8))
    partial: Mapped[str] = mapped_column(Text)
    # The reasoning so far, the seconds that it took, and how often text turned out to be reasoning (None is 0).
    reasoning: Mapped[str | None] = mapped_column(Text)
    reasoning_seconds: Mapped[float | None]
    restarts: Mapped[int | None]
    # Why it failed: an error code and a sentence.
    problem: Mapped[str | None] = mapped_column(String(32))
    reason: Mapped[str | None] = mapped_column(Text)
    # The provider's answer, if it answered with an error: the fields of a ProviderRefusal.
    refusal: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    # The number of characters at the start of `partial` that an earlier attempt wrote. None is 0.
    continues_from: Mapped[int | None]
    stop_wanted: Mapped[bool]
    # Whether the turn created its session. The session is deleted if the turn is discarded.
    made_session: Mapped[bool]
    # The API token that started the attempt. None for a browser or a command.
    token_id: Mapped[str | None] = mapped_column(Id)
    # The connections of clients that read the answer, and when the last one left. None: the turn waits for no client.
    listeners: Mapped[int | None]
    gone_at: Mapped[datetime | None] = mapped_column(Instant)
    asked_at: Mapped[datetime] = mapped_column(Instant)
    heartbeat_at: Mapped[datetime] = mapped_column(Instant)
