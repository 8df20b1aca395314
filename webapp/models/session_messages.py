from __future__ import annotations

from sqlalchemy import ForeignKey, Index, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from webapp.database.types import Id
from webapp.models.base import Model


class SessionMessage(Model):
    """The link that puts a message at `idx` 0, 1, 2, … of a chat session.

    `digest` stands for the transcript from its beginning to this message: every role and every word, in order.
    """

    __tablename__ = "session_messages"
    __table_args__ = (
        # The message first: the same index answers "does any session still link to this message?"
        UniqueConstraint("message_id", "session_id"),
        # Which sessions hold exactly this transcript?
        Index(None, "digest"),
        # The primary key is the table: a transcript lies together on disk, in its order.
        {"sqlite_with_rowid": False},
    )

    session_id: Mapped[str] = mapped_column(Id, ForeignKey("sessions.id"), primary_key=True)
    idx: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    message_id: Mapped[str] = mapped_column(Id, ForeignKey("messages.id"))
    digest: Mapped[bytes] = mapped_column(LargeBinary(16))
