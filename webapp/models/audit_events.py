from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from webapp.database.types import Id, Instant
from webapp.models.base import Model


class AuditEvent(Model):
    """An action on an account, or an attempt: what, when, through which client and from where. Never content.

    An event without a user was an attempt under an unknown name.
    """

    __tablename__ = "audit_events"
    # Ids rise with time. Reading a user's audit log and deleting its oldest part both use this index.
    __table_args__ = (Index("ix_audit_events_user_id_id", "user_id", "id"),)

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    user_id: Mapped[str | None] = mapped_column(Id, ForeignKey("users.id", ondelete="CASCADE"))
    at: Mapped[datetime] = mapped_column(Instant)
    kind: Mapped[str] = mapped_column(String(32))
    via: Mapped[str] = mapped_column(String(100))
    address: Mapped[str] = mapped_column(String(45))
    about: Mapped[str] = mapped_column(Text)
