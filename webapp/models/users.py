from __future__ import annotations

from datetime import datetime

from sqlalchemy import String, Text
from sqlalchemy.orm import Mapped, mapped_column

from webapp.database.types import Id, Instant
from webapp.models.base import Model

#: Owns the chats from before the first account. The first migration inserts the row; the first account takes it.
LOCAL_USER_ID = "00000000-0000-7000-8000-000000000001"


class User(Model):
    """An account that owns chat sessions. It is not the message role of the same name.

    Nobody can sign in to an account without a password. The row that waits for the first account has none.
    """

    __tablename__ = "users"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    # Case-folded and normalized, as names are compared.
    name: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime] = mapped_column(Instant)
    password_hash: Mapped[str | None] = mapped_column(Text)
    admin_since: Mapped[datetime | None] = mapped_column(Instant)
    disabled_at: Mapped[datetime | None] = mapped_column(Instant)
    # The assistant of the last question, with which a new chat begins.
    last_assistant: Mapped[str | None] = mapped_column(Text)
    # The standing instructions for all of the user's chats.
    instructions: Mapped[str | None] = mapped_column(Text)
