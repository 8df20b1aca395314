from __future__ import annotations

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from webapp.models.base import Model
from webapp.models.types import Id, Instant

#: The user who owns everything until there is sign-in. The first migration makes the row.
LOCAL_USER_ID = "00000000-0000-7000-8000-000000000001"


class User(Model):
    """An account that owns chat sessions. Not the message role of the same name."""

    __tablename__ = "users"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    name: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime] = mapped_column(Instant)
