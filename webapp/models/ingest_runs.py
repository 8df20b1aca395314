from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from webapp.database.types import Id, Instant
from webapp.models.base import Model


class IngestRun(Model):
    """One import: its upload is read, then the user confirms the report, then it is written, and it can be undone.

    `source` has the names of the uploaded files. `written_to` is the number of conversations that are written.
    """

    __tablename__ = "ingest_runs"
    __table_args__ = (
        CheckConstraint(
            "state IN ('reading', 'ready', 'writing', 'done', 'failed', 'undoing', 'undone')", name="state"
        ),
        Index(None, "owner_id", "created_at"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    owner_id: Mapped[str] = mapped_column(Id, ForeignKey("users.id"))
    state: Mapped[str] = mapped_column(String(16))
    source: Mapped[str] = mapped_column(Text)
    # The format that the user named, and those that were found.
    format_name: Mapped[str | None] = mapped_column(String(32))
    formats: Mapped[list[str] | None] = mapped_column(JSON(none_as_null=True))
    # Whether it is written without asking.
    confirmed: Mapped[bool]
    counts: Mapped[dict[str, int] | None] = mapped_column(JSON(none_as_null=True))
    left_out: Mapped[dict[str, int] | None] = mapped_column(JSON(none_as_null=True))
    # The ids of the tags that it made.
    made_tags: Mapped[list[str] | None] = mapped_column(JSON(none_as_null=True))
    # Why it failed, as a sentence.
    problem: Mapped[str | None] = mapped_column(Text)
    written_to: Mapped[int]
    created_at: Mapped[datetime] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)


class IngestConversation(Model):
    """A line of an import's report: one conversation, or something that was left out, with its reason.

    `new_count` is the number of messages that it brings. `outcome` says what became of it: 'written', 'undone', 'kept'.
    """

    __tablename__ = "ingest_conversations"
    __table_args__ = (
        CheckConstraint("state IN ('new', 'grown', 'changed', 'unchanged', 'continued', 'left_out')", name="state"),
        {"sqlite_with_rowid": False},
    )

    run_id: Mapped[str] = mapped_column(Id, ForeignKey("ingest_runs.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    # Where it stands in the upload.
    place: Mapped[str] = mapped_column(Text)
    origin: Mapped[str] = mapped_column(String(32))
    external_id: Mapped[str | None] = mapped_column(Text)
    title: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(String(16))
    reason: Mapped[str | None] = mapped_column(Text)
    message_count: Mapped[int]
    new_count: Mapped[int]
    file_count: Mapped[int]
    left_out: Mapped[dict[str, int] | None] = mapped_column(JSON(none_as_null=True))
    # The session that holds it. It may be deleted later.
    session_id: Mapped[str | None] = mapped_column(Id, index=True)
    made_session: Mapped[bool]
    # The first message that it brought, and the digest of the transcript up to the last one.
    first_idx: Mapped[int | None]
    last_digest: Mapped[bytes | None] = mapped_column(LargeBinary(16))
    # The columns of the session and the conversation that the import changed, as they were.
    before: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    # What it replaced in a conversation that had changed.
    replacement_id: Mapped[str | None] = mapped_column(Id)
    outcome: Mapped[str | None] = mapped_column(String(16))
