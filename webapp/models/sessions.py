from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String, Text, true
from sqlalchemy.orm import Mapped, mapped_column

from webapp.database.types import Id, Instant
from webapp.models.base import Model


class ChatSession(Model):
    """A chat session, as the sidebar lists it. Its transcript is in `session_messages`.

    `revision` rises with every committed change of these columns or of the messages. Live turns do not count; `attempt`
    identifies their state. `last_activity_at` changes with turns only and orders the list. `created_at` and
    `last_activity_at` are the times of the first and the latest message, also of messages from elsewhere; they are
    never in the future. `updated_at` changes with every change that the user makes, so not when the source of a fork is
    deleted.
    """

    __tablename__ = "sessions"
    __table_args__ = (
        CheckConstraint("title_source IN ('auto', 'user')", name="title_source"),
        CheckConstraint("message_count >= 0", name="message_count"),
        # The full order of the list. Each page continues in this index where the last one ended.
        Index("ix_sessions_list", "owner_id", "archived", "pinned", "in_days", "last_activity_at", "id"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    owner_id: Mapped[str] = mapped_column(Id, ForeignKey("users.id"))
    conversation_id: Mapped[str] = mapped_column(Id, ForeignKey("conversations.id"), index=True)
    title: Mapped[str] = mapped_column(Text)
    # The title without case and accents, for the title filter.
    title_folded: Mapped[str] = mapped_column(Text)
    title_source: Mapped[str] = mapped_column(String(8))
    # The model that wrote an automatic title. None for the first line of the first question.
    titled_by: Mapped[str | None] = mapped_column(Text)
    assistant: Mapped[str | None] = mapped_column(Text)
    pinned: Mapped[bool]
    archived: Mapped[bool]
    # Whether the list shows it under its day. Chats in which the archivist alone answered have a group after the days.
    in_days: Mapped[bool] = mapped_column(default=True, server_default=true())
    message_count: Mapped[int]
    revision: Mapped[int]
    created_at: Mapped[datetime] = mapped_column(Instant)
    updated_at: Mapped[datetime] = mapped_column(Instant)
    last_activity_at: Mapped[datetime] = mapped_column(Instant)
    # The source of a fork while it exists, and the last `idx` that both share.
    forked_from_id: Mapped[str | None] = mapped_column(Id, index=True)
    forked_at_idx: Mapped[int | None]
    # How the next answers are to be made. What an answer was made with is stored with the transcript.
    instructions: Mapped[str | None] = mapped_column(Text)
    temperature: Mapped[float | None]
    max_tokens: Mapped[int | None]
    # The digest of the transcript's last instruction.
    instructions_digest: Mapped[bytes | None] = mapped_column(LargeBinary(16))
