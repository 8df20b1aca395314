from __future__ import annotations

from datetime import datetime

from sqlalchemy import String, Text
from sqlalchemy.orm import Mapped, mapped_column

from webapp.database.types import Id, Instant
from webapp.models.base import Model

#: Who owns what was said before there was an account. The first migration makes the row; the first account takes it.
LOCAL_USER_ID = "00000000-0000-7000-8000-000000000001"


class User(Model):
    """An account that owns chat sessions. Not the message role of the same name.

    Without a password nobody can sign in as it: so is the row that waits for the first account.
    """

    __tablename__ = "users"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    # Without case and in one Unicode form, as it is compared.
    name: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime] = mapped_column(Instant)
    password_hash: Mapped[str | None] = mapped_column(Text)
    admin_since: Mapped[datetime | None] = mapped_column(Instant)
    disabled_at: Mapped[datetime | None] = mapped_column(Instant)
