from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field, model_validator

from webapp.api.schemas.base import Content, Cursor, Idx, In, Limit, Moment, Name, Out, Query, Uuid


class UsageOut(Out):
    """What a reply cost, in tokens."""

    input_tokens: int
    output_tokens: int


class CitationOut(Out):
    """A turn an answer leans on."""

    session_id: Uuid
    title: str
    idx: int
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


class UserMessageIn(In):
    """What the user said."""

    content: Content
    create_time: Moment | None = None


class AssistantMessageIn(In):
    """What the assistant answered."""

    content: Content
    model: Name | None = None
    create_time: Moment | None = None


class TurnIn(In):
    """A finished turn that was made elsewhere."""

    user: UserMessageIn
    assistant: AssistantMessageIn
    expected_last_idx: Annotated[
        Idx | None,
        Field(description="The `idx` of the last message you have seen, −1 for none; another one is a 409."),
    ] = None


class TurnOut(Out):
    """The turn as it was appended. A turn's id is its user message's."""

    id: Uuid
    session_id: Uuid
    conversation_id: Uuid
    user_message_id: Uuid
    assistant_message_id: Uuid
    messages: list[MessageOut]
    message_count: int
    revision: int
    url: str


class ChatIn(In):
    """A message to an assistant."""

    content: Content
    session_id: Annotated[Uuid | None, Field(description="Left out, a session is made.")] = None
    expected_last_idx: Annotated[
        Idx | None,
        Field(description="The `idx` of the last message you have seen, −1 for none; another one is a 409."),
    ] = None
    assistant: Annotated[Name | None, Field(description="Left out, the session's last one answers.")] = None


class MonthOut(Out):
    """How many of the turns an answer looked at fall into a month."""

    month: str
    count: int


class ChatOut(Out):
    """The answer, kept."""

    session_id: Uuid
    conversation_id: Uuid
    user_message_id: Uuid
    assistant_message_id: Uuid
    idx: int
    message: MessageOut
    citations: list[CitationOut]
    histogram: list[MonthOut]
    usage: UsageOut | None
    finish_reason: str | None
    message_count: int
    revision: int
    url: str
    html_url: str


class HitOut(Out):
    """A message that holds every word searched for."""

    session_id: Uuid
    title: str
    archived: bool
    idx: int
    message_id: Uuid
    role: Literal["user", "assistant"]
    create_time: datetime
    snippet: str
    matches: Annotated[
        list[tuple[int, int]],
        Field(description="Where words match in the snippet: [start, end), in characters."),
    ]
    url: str
    html_url: str


class HitList(Out):
    """A page of hits, newest first."""

    data: list[HitOut]
    next: str | None


class SearchQuery(Query):
    """What to look for."""

    q: Annotated[
        str,
        Field(
            max_length=200,
            pattern=r"^[^\x00]*$",
            description="Words; all must occur, the last may be a beginning.",
        ),
    ]
    cursor: Cursor | None = None
    limit: Limit = 20
