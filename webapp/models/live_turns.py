from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from webapp.database.types import Id, Instant
from webapp.models.base import Model


class LiveTurn(Model):
    """A turn in the making: what was asked, and the reply as far as it has come. At most one a chat session.

    It is no message. It becomes one or two in a single transaction and its row is deleted, or it becomes nothing.
    `attempt` names one try at a reply, and the assistant's message if that try succeeds: who writes must hold
    the present one.
    """

    __tablename__ = "live_turns"
    __table_args__ = (CheckConstraint("state IN ('writing', 'failed')", name="state"),)

    session_id: Mapped[str] = mapped_column(Id, ForeignKey("sessions.id"), primary_key=True)
    attempt: Mapped[str] = mapped_column(Id, unique=True)
    user_message_id: Mapped[str] = mapped_column(Id)
    content: Mapped[str] = mapped_column(Text)
    # What a client says to the assistant ahead of the history. It is heeded and not kept.
    instructions: Mapped[str | None] = mapped_column(Text)
    assistant: Mapped[str] = mapped_column(Text)
    # The session's last `idx` when it began; the question's own; and from where on it replaces what is there.
    base_idx: Mapped[int]
    question_idx: Mapped[int]
    replaces_from_idx: Mapped[int | None]
    state: Mapped[str] = mapped_column(String(8))
    partial: Mapped[str] = mapped_column(Text)
    # Why it failed: the code of the refusal and its sentence.
    problem: Mapped[str | None] = mapped_column(String(32))
    reason: Mapped[str | None] = mapped_column(Text)
    stop_wanted: Mapped[bool]
    # The session was made for this turn and goes with it if nothing comes of it.
    made_session: Mapped[bool]
    # The API token whose request began this attempt, None for a browser's or a command's.
    token_id: Mapped[str | None] = mapped_column(Id)
    asked_at: Mapped[datetime] = mapped_column(Instant)
    heartbeat_at: Mapped[datetime] = mapped_column(Instant)
