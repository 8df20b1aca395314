from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Integer, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from webapp.database.types import Id, Instant
from webapp.models.base import Model


class IdempotencyKey(Model):
    """A key that a client chose for a creating request, and the stored response.

    `status` is null while the request is in flight.
    """

    __tablename__ = "idempotency_keys"

    owner_id: Mapped[str] = mapped_column(Id, ForeignKey("users.id"), primary_key=True)
    key: Mapped[str] = mapped_column(String(255), primary_key=True)
    fingerprint: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime] = mapped_column(Instant, index=True)
    # The chat session whose live turn will produce the response, and the response's form.
    session_id: Mapped[str | None] = mapped_column(Id, ForeignKey("sessions.id", ondelete="SET NULL"), index=True)
    form: Mapped[str | None] = mapped_column(String(16))
    status: Mapped[int | None] = mapped_column(Integer)
    location: Mapped[str | None] = mapped_column(String(255))
    body: Mapped[bytes | None] = mapped_column(LargeBinary)
