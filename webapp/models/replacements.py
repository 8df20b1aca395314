from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, LargeBinary, SmallInteger, String
from sqlalchemy.orm import Mapped, mapped_column

from webapp.database.types import Id, Instant
from webapp.models.base import Model


class Replacement(Model):
    """An edit, a regenerated answer, an undo or an import: what it replaced can be put back for some time.

    It replaced the `kept_count` messages from `first_idx` on. `base_digest` is the digest of the transcript before
    them. It is the transcript's last change while the transcript has `message_count` messages and ends with
    `last_message_id`. `forked_at_idx` is the session's value before it.
    """

    __tablename__ = "replacements"
    __table_args__ = (CheckConstraint("kind IN ('edit', 'regenerate', 'undo', 'import')", name="kind"),)

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    session_id: Mapped[str] = mapped_column(Id, ForeignKey("sessions.id"), index=True)
    made_at: Mapped[datetime] = mapped_column(Instant)
    kind: Mapped[str] = mapped_column(String(16))
    first_idx: Mapped[int]
    base_digest: Mapped[bytes | None] = mapped_column(LargeBinary(16))
    # The digest of the instructions before the replaced messages.
    base_instructions_digest: Mapped[bytes | None] = mapped_column(LargeBinary(16))
    kept_count: Mapped[int]
    message_count: Mapped[int]
    last_message_id: Mapped[str] = mapped_column(Id)
    forked_at_idx: Mapped[int | None]


class KeptMessage(Model):
    """The link of a replaced message: what `session_messages` had, and the number by which search finds it."""

    __tablename__ = "kept_messages"

    replacement_id: Mapped[str] = mapped_column(Id, ForeignKey("replacements.id"), primary_key=True)
    idx: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    message_id: Mapped[str] = mapped_column(Id, ForeignKey("messages.id"), index=True)
    seq: Mapped[int] = mapped_column(BigInteger, index=True)
    digest: Mapped[bytes] = mapped_column(LargeBinary(16))
    digest_version: Mapped[int] = mapped_column(SmallInteger, default=1, server_default="1")
