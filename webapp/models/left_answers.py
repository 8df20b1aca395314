from __future__ import annotations

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from webapp.database.types import Id
from webapp.models.base import Model


class LeftAnswer(Model):
    """An answer whose client left before its end. The client's history has only the part that it read."""

    __tablename__ = "left_answers"

    message_id: Mapped[str] = mapped_column(Id, ForeignKey("messages.id", ondelete="CASCADE"), primary_key=True)
