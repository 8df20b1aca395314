from __future__ import annotations

from typing import Annotated

from pydantic import Field

from webapp.api.schemas.base import Content, ExpectedLastIdx, In, Name, Out, Place, Uuid
from webapp.api.schemas.messages import CitationOut, MessageOut, UsageOut

Chosen = Annotated[Name | None, Field(description="Left out, the session's last one answers.")]
Stream = Annotated[
    bool,
    Field(
        description="Answer with server-sent events as it is written: `start`, `delta` (its `text`), `citation`, and "
        "`done` (this operation's answer) or `error` (a problem). `Accept: text/event-stream` asks for the same."
    ),
]


class ChatIn(In):
    """A message to an assistant."""

    content: Content
    session_id: Annotated[Uuid | None, Field(description="Left out, a session is made.")] = None
    expected_last_idx: ExpectedLastIdx | None = None
    assistant: Chosen = None
    stream: Stream = False


class RetryIn(In):
    """Another try at what was not answered, or another answer to the last question."""

    expected_last_idx: ExpectedLastIdx | None = None
    assistant: Chosen = None
    stream: Stream = False


class EditIn(In):
    """A user message said differently. What followed it is replaced when the new answer is finished."""

    idx: Annotated[Place, Field(description="The `idx` of the user message whose place it takes.")]
    content: Content
    expected_last_idx: ExpectedLastIdx | None = None
    assistant: Chosen = None
    stream: Stream = False


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
    histogram: Annotated[
        list[MonthOut],
        Field(description="Not kept: empty for who follows from another process, or asks after the end."),
    ]
    usage: UsageOut | None
    finish_reason: str | None
    message_count: int
    revision: int
    url: str
    html_url: str
