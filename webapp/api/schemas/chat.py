from __future__ import annotations

from typing import Annotated

from pydantic import Field

from webapp.api.schemas.base import Content, ExpectedLastIdx, In, MessageIdx, Name, Out, Uuid
from webapp.api.schemas.messages import CitationOut, MessageOut, UsageOut

AssistantKey = Annotated[
    Name | None, Field(description="The key of an assistant. By default, the last assistant of the session answers.")
]
Stream = Annotated[
    bool,
    Field(
        description="Return server-sent events while the answer is written: `start`, `delta` (more `text`), "
        "`citation`, and `done` (the response without streaming) or `error` (a problem). `Accept: text/event-stream` "
        "does the same."
    ),
]


class ChatIn(In):
    """A message to an assistant."""

    content: Content
    session_id: Annotated[Uuid | None, Field(description="By default, a session is created.")] = None
    expected_last_idx: ExpectedLastIdx | None = None
    assistant: AssistantKey = None
    stream: Stream = False


class RetryIn(In):
    """A retry of an unanswered question, or a request for another answer to the last one."""

    expected_last_idx: ExpectedLastIdx | None = None
    assistant: AssistantKey = None
    stream: Stream = False


class ContinueIn(In):
    """A continuation of an answer that is not complete."""

    expected_last_idx: ExpectedLastIdx | None = None
    stream: Stream = False


class EditIn(In):
    """An edit of a user message. When the new answer is complete, it replaces everything after the message."""

    idx: Annotated[MessageIdx, Field(description="The `idx` of the user message to edit.")]
    content: Content
    expected_last_idx: ExpectedLastIdx | None = None
    assistant: AssistantKey = None
    stream: Stream = False


class MonthOut(Out):
    """The number of turns of one month that the assistant searched for its answer."""

    month: str
    count: int


class ChatOut(Out):
    """A stored answer."""

    session_id: Uuid
    conversation_id: Uuid
    user_message_id: Uuid
    assistant_message_id: Uuid
    idx: int
    message: MessageOut
    citations: list[CitationOut]
    histogram: Annotated[
        list[MonthOut],
        Field(
            description="Not stored. It is empty for a client that follows from another process or reads after the end."
        ),
    ]
    usage: UsageOut | None
    finish_reason: str | None
    message_count: int
    revision: int
    url: str
    html_url: str
