from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Integer,
    LargeBinary,
    String,
    Text,
    false,
)
from sqlalchemy.orm import Mapped, mapped_column

from webapp.database.types import Id, Instant
from webapp.models.base import Model


class Message(Model):
    """One finished utterance. The database refuses changes to it.

    Only `html` and `html_version` may change: the cached output of that version of the renderer. A strike empties
    every text of a message for good, and other messages' quotes of it.
    """

    __tablename__ = "messages"
    __table_args__ = (CheckConstraint("role IN ('user', 'assistant')", name="role"),)

    # The minute of `create_time` since 1970 times 4096, plus a counter inside the minute. A full minute runs over into
    # the next one. Full-text search refers to it and orders by it, and periods of time are ranges of it.
    seq: Mapped[int] = mapped_column(
        BigInteger().with_variant(Integer(), "sqlite"), primary_key=True, autoincrement=False
    )
    id: Mapped[str] = mapped_column(Id, unique=True)
    conversation_id: Mapped[str] = mapped_column(Id, ForeignKey("conversations.id"), index=True)
    role: Mapped[str] = mapped_column(String(16))
    create_time: Mapped[datetime] = mapped_column(Instant)
    content: Mapped[str] = mapped_column(Text)
    model: Mapped[str | None] = mapped_column(Text)
    finish_reason: Mapped[str | None] = mapped_column(String(32))
    usage: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    citations: Mapped[list[dict[str, Any]] | None] = mapped_column(JSON(none_as_null=True))
    # The model's reasoning before its answer, and the seconds that it took. Neither is searched or sent back.
    reasoning: Mapped[str | None] = mapped_column(Text)
    reasoning_seconds: Mapped[float | None]
    # The parameters that an answer was made with: those fields of a Parameters that were set.
    made_with: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    # Whether it is an answer of the archivist, or a question that it answered. Search leaves these out by default.
    is_lookup: Mapped[bool] = mapped_column(default=False, server_default=false())
    html: Mapped[str | None] = mapped_column(Text)
    html_version: Mapped[int | None] = mapped_column(Integer)
    # When the text was removed, and the digest of the transcript up to this message with its text.
    struck_at: Mapped[datetime | None] = mapped_column(Instant)
    struck_digest: Mapped[bytes | None] = mapped_column(LargeBinary(16))
