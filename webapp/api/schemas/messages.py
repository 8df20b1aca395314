from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field, model_validator

from webapp.api.schemas.base import Cursor, Idx, Limit, Out, Query, Uuid
from webapp.api.schemas.files import FileOut
from webapp.api.schemas.instructions import InstructionOut


class UsageOut(Out):
    """The tokens that an answer used."""

    input_tokens: int
    output_tokens: int


class CitationOut(Out):
    """A message that an answer cites, with the title of its session at that time and the quoted words.

    `html_url` leads to the present position of the message.
    """

    session_id: Uuid
    title: str
    message_id: Uuid
    create_time: datetime
    quote: str
    html_url: str


class MessageOut(Out):
    """A message at its `idx` in a transcript. The `idx` counts 0, 1, 2, … without gaps."""

    id: Uuid
    idx: int
    role: Literal["user", "assistant"]
    content: str
    create_time: datetime
    model: str | None
    finish_reason: str | None
    usage: UsageOut | None
    citations: list[CitationOut]
    reasoning: Annotated[str | None, Field(description="What the model thought before. It is no part of `content`.")]
    reasoning_seconds: float | None
    made_with: Annotated[
        dict[str, float | int] | None,
        Field(description="The parameters that were set for the answer: `temperature`, `top_p`, `max_tokens`."),
    ]
    struck_at: Annotated[
        datetime | None, Field(description="When the text was removed. `content` is empty since then.")
    ]
    files: Annotated[list[FileOut], Field(description="In their order. A message with files may have an empty text.")]
    url: str
    html_url: str


class MessageList(Out):
    """A page of messages. `next` continues in the same direction."""

    data: list[MessageOut]
    instructions: Annotated[list[InstructionOut], Field(description="The instructions before these messages.")]
    next: str | None


class MessagesQuery(Query):
    """The position of a page: after an `idx`, before one, or at the beginning."""

    after_idx: Annotated[Idx | None, Field(description="Only messages after this `idx`, in order.")] = None
    before_idx: Annotated[Idx | None, Field(description="The last messages before this `idx`, in order.")] = None
    cursor: Cursor | None = None
    limit: Limit = 50

    @model_validator(mode="after")
    def check_position(self) -> MessagesQuery:
        """Raise ValueError for more than one position."""
        if sum(place is not None for place in (self.after_idx, self.before_idx, self.cursor)) > 1:
            raise ValueError("send only one of after_idx, before_idx and cursor")
        return self
