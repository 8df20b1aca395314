from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field, model_validator

from webapp.api.schemas.base import Cursor, Idx, Limit, Out, Query, Uuid


class UsageOut(Out):
    """What a reply cost, in tokens."""

    input_tokens: int
    output_tokens: int


class CitationOut(Out):
    """A message an answer leans on: where it was found, under which title, and the words that are quoted.

    `html_url` finds it wherever it stands now.
    """

    session_id: Uuid
    title: str
    message_id: Uuid
    create_time: datetime
    quote: str
    html_url: str


class MessageOut(Out):
    """A finalized message at its place in a transcript. `idx` 0, 1, 2, … has no gap."""

    id: Uuid
    idx: int
    role: Literal["user", "assistant"]
    content: str
    create_time: datetime
    model: str | None
    finish_reason: str | None
    usage: UsageOut | None
    citations: list[CitationOut]
    url: str
    html_url: str


class MessageList(Out):
    """A run of messages. `next` continues in the same direction."""

    data: list[MessageOut]
    next: str | None


class MessagesQuery(Query):
    """Where to read: after an `idx`, before one, or from the beginning."""

    after_idx: Annotated[Idx | None, Field(description="Only messages after this `idx`, in order.")] = None
    before_idx: Annotated[Idx | None, Field(description="The last messages before this `idx`, in order.")] = None
    cursor: Cursor | None = None
    limit: Limit = 50

    @model_validator(mode="after")
    def one_place(self) -> MessagesQuery:
        """Refuse two places at once."""
        if sum(place is not None for place in (self.after_idx, self.before_idx, self.cursor)) > 1:
            raise ValueError("give only one of after_idx, before_idx and cursor")
        return self
