from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from webapp.database.types import Id, Instant
from webapp.models.base import Model


class File(Model):
    """Bytes named by their SHA-256, stored once per owner. They go with the last message that has them.

    `media_type` was found in the bytes. `width` and `height` are those of an image, in pixels.
    """

    __tablename__ = "files"
    __table_args__ = (UniqueConstraint("owner_id", "sha256"),)

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    owner_id: Mapped[str] = mapped_column(Id, ForeignKey("users.id"))
    sha256: Mapped[bytes] = mapped_column(LargeBinary(32))
    size: Mapped[int] = mapped_column(BigInteger)
    media_type: Mapped[str] = mapped_column(String(100))
    width: Mapped[int | None]
    height: Mapped[int | None]
    created_at: Mapped[datetime] = mapped_column(Instant)
    # When a chunk was last added, while some are missing: no message has the file, and nobody sees it.
    staged_at: Mapped[datetime | None] = mapped_column(Instant)


class FileChunk(Model):
    """256 KiB of a file; the last chunk may be shorter."""

    __tablename__ = "file_chunks"

    file_id: Mapped[str] = mapped_column(Id, ForeignKey("files.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    data: Mapped[bytes] = mapped_column(LargeBinary)


class MessageFile(Model):
    """A file of a message, under the name that it has there. The database refuses changes to it."""

    __tablename__ = "message_files"
    __table_args__ = ({"sqlite_with_rowid": False},)

    message_id: Mapped[str] = mapped_column(Id, ForeignKey("messages.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    file_id: Mapped[str] = mapped_column(Id, ForeignKey("files.id"), index=True)
    name: Mapped[str] = mapped_column(Text)
