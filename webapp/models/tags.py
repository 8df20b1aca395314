from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from webapp.database.types import Id, Instant
from webapp.models.base import Model


class Tag(Model):
    """A named group of chat sessions, shown as a shelf in the sidebar. Its instructions count in its chats.

    `name_folded` is the name without case and accents, unique among its owner's tags.
    """

    __tablename__ = "tags"
    __table_args__ = (UniqueConstraint("owner_id", "name_folded"),)

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    owner_id: Mapped[str] = mapped_column(Id, ForeignKey("users.id"))
    name: Mapped[str] = mapped_column(Text)
    name_folded: Mapped[str] = mapped_column(Text)
    instructions: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(Instant)


class SessionTag(Model):
    """A session has any number of tags."""

    __tablename__ = "session_tags"
    __table_args__ = ({"sqlite_with_rowid": False},)

    session_id: Mapped[str] = mapped_column(Id, ForeignKey("sessions.id"), primary_key=True)
    tag_id: Mapped[str] = mapped_column(Id, ForeignKey("tags.id"), primary_key=True, index=True)
