"""Schemas of imports."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from webapp.api.schemas.base import Cursor, Limit, Out, Query, Uuid

RunState = Literal["reading", "ready", "writing", "done", "failed", "undone"]
LineState = Literal["new", "grown", "changed", "unchanged", "continued", "left_out"]


class ImportCountsOut(Out):
    """The numbers of a report. `messages` and `files` are those that the import brings."""

    conversations: int
    new: int
    grown: Annotated[int, Field(description="Conversations that have more messages than the chat here.")]
    changed: Annotated[int, Field(description="Conversations that show other messages than the chat here.")]
    unchanged: int
    continued: Annotated[int, Field(description="Chats that were continued here. They are left as they are.")]
    left_out: Annotated[int, Field(description="Entries of the upload that become no chat.")]
    messages: int
    files: int


class LeftOutOut(Out):
    """How much of one kind was left out, or is shown as a note, with the words for it."""

    kind: str
    count: int
    text: str


class UndoOut(Out):
    """What an undo would do now."""

    removed: Annotated[int, Field(description="Chats that it would delete.")]
    shortened: Annotated[int, Field(description="Chats that would have their former messages again.")]
    kept: Annotated[list[str], Field(description="Titles of chats that stay, because they were continued here.")]


class ImportOut(Out):
    """An import."""

    id: Uuid
    url: str
    state: RunState
    undoing: Annotated[bool, Field(description="Whether what is written is its undo.")]
    stopped: Annotated[bool, Field(description="Whether it was stopped. A confirmation continues it.")]
    source: Annotated[str, Field(description="The names of the uploaded files.")]
    formats: list[str]
    confirmed: bool
    progress: Annotated[float | None, Field(description="From 0 to 1 while it is read, written or undone.")]
    counts: ImportCountsOut | None
    written: Annotated[int, Field(description="The conversations of the report that are written so far.")]
    left_out: list[LeftOutOut]
    problem: Annotated[str | None, Field(description="Why it failed.")]
    created_at: datetime
    ended_at: datetime | None


class ImportsOut(Out):
    """The latest imports, the newest first."""

    data: list[ImportOut]


class ImportLineOut(Out):
    """A line of a report: a conversation, or an entry that was left out and why."""

    position: int
    place: Annotated[str, Field(description="Where it stands in the upload.")]
    origin: str
    external_id: str | None
    title: str
    state: LineState
    reason: str | None
    message_count: int
    new_count: Annotated[int, Field(description="The messages that the import brings.")]
    file_count: int
    left_out: list[LeftOutOut]
    session_id: Annotated[Uuid | None, Field(description="The chat that holds it, once it is written.")]
    outcome: Annotated[Literal["written", "undone", "kept"] | None, Field(description="What became of it.")]


class ImportLinesOut(Out):
    """A page of a report."""

    data: list[ImportLineOut]
    next: str | None


class ImportLinesQuery(Query):
    state: LineState | None = None
    limit: Limit = 50
    cursor: Cursor | None = None
