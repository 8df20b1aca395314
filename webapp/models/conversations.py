from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from webapp.database.types import Id, Instant
from webapp.models.base import Model

#: `origin` of a conversation that took place in Minutebook.
HERE = "minutebook"


class Conversation(Model):
    """The origin of messages: a chat in Minutebook or an imported conversation."""

    __tablename__ = "conversations"
    __table_args__ = (Index(None, "owner_id", "origin", "external_id", unique=True),)

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    owner_id: Mapped[str] = mapped_column(Id, ForeignKey("users.id"))
    origin: Mapped[str] = mapped_column(String(32))
    external_id: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(Instant)
