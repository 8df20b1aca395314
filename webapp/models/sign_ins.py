from __future__ import annotations

from datetime import datetime

from sqlalchemy import Boolean, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from webapp.database.types import Id, Instant
from webapp.models.base import Model


class SignIn(Model):
    """A browser's sign-in. The browser holds a secret; only its hash is stored."""

    __tablename__ = "sign_ins"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    user_id: Mapped[str] = mapped_column(Id, ForeignKey("users.id", ondelete="CASCADE"), index=True)
    secret_hash: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime] = mapped_column(Instant)
    # Updated at most every few minutes, not on every request.
    seen_at: Mapped[datetime] = mapped_column(Instant)
    expires_at: Mapped[datetime] = mapped_column(Instant)
    # When the password was last entered. Sensitive actions ask for it again after some minutes.
    confirmed_at: Mapped[datetime | None] = mapped_column(Instant)
    remembered: Mapped[bool] = mapped_column(Boolean)
    address: Mapped[str] = mapped_column(String(45))
    agent: Mapped[str] = mapped_column(String(200))
