from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from webapp.api.schemas.base import Out, Uuid
from webapp.api.schemas.chat import ChatOut
from webapp.api.schemas.messages import CitationOut


class ProviderOut(Out):
    """The answer of a provider that refused or failed, in its own terms."""

    status: Annotated[int, Field(description="The HTTP status; 200 for an error within an answer.")]
    code: str | None
    words: str
    retry_after: Annotated[float | None, Field(description="The seconds that the provider asks to wait.")]


class LiveOut(Out):
    """A live turn: the answer is in progress or has failed. It is not a message yet."""

    session_id: Uuid
    user_message_id: Uuid
    assistant_message_id: Uuid
    assistant: str
    state: Literal["writing", "failed"]
    content: Annotated[str, Field(description="The text of the question.")]
    text: Annotated[str, Field(description="The text of the answer so far.")]
    reasoning: Annotated[str | None, Field(description="The reasoning so far.")]
    base_idx: Annotated[int, Field(description="The last `idx` of the session when the turn began.")]
    question_idx: int
    replaces_from_idx: Annotated[int | None, Field(description="The first `idx` that the finished turn will replace.")]
    problem: Annotated[str | None, Field(description="The code of the error, if the turn failed.")]
    reason: str | None
    provider: ProviderOut | None
    asked_at: datetime


class DiscardedOut(Out):
    """A discarded question."""

    session_id: Uuid
    content: str


class StoppedOut(Out):
    """A stopped answer: stored (`chat`), without any text, or failed before the stop (`live`)."""

    session_id: Uuid
    content: Annotated[str, Field(description="The text of the question.")]
    chat: ChatOut | None
    live: LiveOut | None


class StartEvent(Out):
    """`start`, the first event. A replayed event has null for values that were not stored."""

    session_id: Uuid
    user_message_id: Uuid
    assistant_message_id: Uuid
    assistant: str | None
    question_idx: int
    replaces_from_idx: int | None
    url: Annotated[str, Field(description="The resource of the live turn, to follow, stop or discard it.")]


class DeltaEvent(Out):
    """`delta`: the next piece of the text."""

    text: str


class ReasoningEvent(Out):
    """`reasoning`: the next piece of the reasoning."""

    text: str


class RestartEvent(Out):
    """`restart`: the text so far was reasoning and is no part of the answer. The text starts again."""


class FailureEvent(BaseModel):
    """`error`, the last event of a failed turn: a problem document, and what the provider answered."""

    model_config = ConfigDict(extra="allow")

    type: str
    title: str
    status: int
    detail: str
    code: str
    provider: ProviderOut | None = None


class ErrorEvent(FailureEvent):
    """`error`, the last event of a failed turn: a problem document and the URL for a retry."""

    session_id: Uuid
    retry_url: str
    text: str | None = None
    keep_url: str | None = None
    continue_url: str | None = None


#: The events of a streamed answer in their order, with the schemas of their data.
EVENTS: dict[str, type[BaseModel]] = {
    "start": StartEvent,
    "reasoning": ReasoningEvent,
    "restart": RestartEvent,
    "delta": DeltaEvent,
    "citation": CitationOut,
    "done": ChatOut,
    "error": ErrorEvent,
}
