from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from webapp.database.types import Id, Instant
from webapp.models.base import Model


class InstructionText(Model):
    """A text that instructions of one user share. The database refuses changes to it, except for a strike.

    A strike empties `content`. `digest` is that of the text, also after a strike.
    """

    __tablename__ = "instruction_texts"
    __table_args__ = (Index(None, "owner_id", "digest"),)

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    owner_id: Mapped[str] = mapped_column(Id, ForeignKey("users.id"))
    content: Mapped[str] = mapped_column(Text)
    digest: Mapped[bytes] = mapped_column(LargeBinary(16))
    struck_at: Mapped[datetime | None] = mapped_column(Instant)


class InstructionColumns:
    """What a fact says of an instruction, in a transcript and when it is kept for an undo."""

    at_idx: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    place: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    origin: Mapped[str] = mapped_column(String(8))
    role: Mapped[str] = mapped_column(String(16))
    position: Mapped[int]
    number: Mapped[int]
    # None says that there is no such text from here on.
    text_id: Mapped[str | None] = mapped_column(Id, ForeignKey("instruction_texts.id"), index=True)
    made_at: Mapped[datetime] = mapped_column(Instant)
    digest: Mapped[bytes] = mapped_column(LargeBinary(16))


class Instruction(InstructionColumns, Model):
    """A fact of a transcript: from the message at `at_idx` on, the assistant was given this text, or no longer.

    `place` orders the instructions before one message. `origin` says whose they are. `position` and `number` are the
    place of a client's system message in the client's own history: the number of messages before it, and its number
    among those there, −1 for the `instructions` of a response. `digest` covers the transcript's instructions from the
    first to this one. The database refuses changes.
    """

    __tablename__ = "instructions"
    __table_args__ = (
        CheckConstraint("origin IN ('user', 'tag', 'chat', 'client')", name="origin"),
        CheckConstraint("role IN ('system', 'developer')", name="role"),
        {"sqlite_with_rowid": False},
    )

    session_id: Mapped[str] = mapped_column(Id, ForeignKey("sessions.id"), primary_key=True)


class KeptInstruction(InstructionColumns, Model):
    """An instruction that went with a replaced message: what `instructions` had, to be put back by an undo."""

    __tablename__ = "kept_instructions"

    replacement_id: Mapped[str] = mapped_column(Id, ForeignKey("replacements.id"), primary_key=True)
