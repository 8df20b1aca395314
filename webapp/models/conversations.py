from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, LargeBinary, String, Text
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
    # Of an imported conversation: the messages at the beginning of its session that came from elsewhere, the digest
    # of the transcript up to the last of them, and the title that it came with.
    imported_count: Mapped[int | None]
    imported_digest: Mapped[bytes | None] = mapped_column(LargeBinary(16))
    imported_title: Mapped[str | None] = mapped_column(Text)
