from __future__ import annotations

from sqlalchemy import ForeignKey, Index, LargeBinary, SmallInteger, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from webapp.database.types import Id
from webapp.models.base import Model


class SessionMessage(Model):
    """The link that places a message at `idx` 0, 1, 2, … of a chat session.

    `digest` covers every role and text of the transcript from its start to this message, in order.
    """

    __tablename__ = "session_messages"
    __table_args__ = (
        # With the message first, the same index answers whether any session still links to a message.
        UniqueConstraint("message_id", "session_id"),
        # Finds the sessions with exactly this transcript.
        Index(None, "digest"),
        # The table is its primary key, so a transcript is stored contiguously and in order.
        {"sqlite_with_rowid": False},
    )

    session_id: Mapped[str] = mapped_column(Id, ForeignKey("sessions.id"), primary_key=True)
    idx: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    message_id: Mapped[str] = mapped_column(Id, ForeignKey("messages.id"))
    digest: Mapped[bytes] = mapped_column(LargeBinary(16))
    # 1: roles and texts. 2: the files of the message as well.
    digest_version: Mapped[int] = mapped_column(SmallInteger, default=1, server_default="1")
