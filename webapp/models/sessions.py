from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from webapp.database.types import Id, Instant
from webapp.models.base import Model


class ChatSession(Model):
    """A chat session: what the sidebar lists. Its transcript is in `session_messages`.

    `revision` rises with every committed change of what the session shows: these columns and its messages. A live turn
    is no part of that; its `attempt` names it. `last_activity_at` moves with turns only and orders the list.
    `updated_at` moves with any change of its user's, so not when the source of a fork is deleted.
    """

    __tablename__ = "sessions"
    __table_args__ = (
        CheckConstraint("title_source IN ('auto', 'user')", name="title_source"),
        CheckConstraint("message_count >= 0", name="message_count"),
        # The order of the list, whole: a page is read along it from where the last one ended.
        Index("ix_sessions_list", "owner_id", "archived", "pinned", "last_activity_at", "id"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    owner_id: Mapped[str] = mapped_column(Id, ForeignKey("users.id"))
    conversation_id: Mapped[str] = mapped_column(Id, ForeignKey("conversations.id"), index=True)
    title: Mapped[str] = mapped_column(Text)
    # The title without case and accents: what the title filter compares.
    title_folded: Mapped[str] = mapped_column(Text)
    title_source: Mapped[str] = mapped_column(String(8))
    assistant: Mapped[str | None] = mapped_column(Text)
    pinned: Mapped[bool]
    archived: Mapped[bool]
    message_count: Mapped[int]
    revision: Mapped[int]
    created_at: Mapped[datetime] = mapped_column(Instant)
    updated_at: Mapped[datetime] = mapped_column(Instant)
    last_activity_at: Mapped[datetime] = mapped_column(Instant)
    # A fork's source, as long as it exists, and the `idx` of the last message that both share.
    forked_from_id: Mapped[str | None] = mapped_column(Id, index=True)
    forked_at_idx: Mapped[int | None]
