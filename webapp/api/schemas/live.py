from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from webapp.api.schemas.base import Out, Uuid
from webapp.api.schemas.chat import ChatOut
from webapp.api.schemas.messages import CitationOut


class LiveOut(Out):
    """A turn in the making. It is no message yet."""

    session_id: Uuid
    user_message_id: Uuid
    assistant_message_id: Uuid
    assistant: str
    state: Literal["writing", "failed"]
    content: Annotated[str, Field(description="What was asked.")]
    text: Annotated[str, Field(description="The answer as far as it was written down.")]
    base_idx: Annotated[int, Field(description="The last `idx` of the session when it began.")]
    question_idx: int
    replaces_from_idx: Annotated[int | None, Field(description="From where on it will replace what is there.")]
    problem: Annotated[str | None, Field(description="Why it failed: a code of a refusal.")]
    reason: str | None
    asked_at: datetime


class DiscardedOut(Out):
    """A question that was taken back."""

    session_id: Uuid
    content: str


class StoppedOut(Out):
    """An answer that was stopped: kept (`chat`), come to nothing, or failed before (`live`)."""

    session_id: Uuid
    content: Annotated[str, Field(description="What was asked.")]
    chat: ChatOut | None
    live: LiveOut | None


class StartEvent(Out):
    """`start`, the first event: what is known before the first word. A replayed one leaves out what is over."""

    session_id: Uuid
    user_message_id: Uuid
    assistant_message_id: Uuid
    assistant: str | None
    question_idx: int
    replaces_from_idx: int | None
    url: Annotated[str, Field(description="Where the turn can be followed, stopped and taken back.")]


class DeltaEvent(Out):
    """`delta`: what comes behind the text so far."""

    text: str


class ErrorEvent(BaseModel):
    """`error`, the last event of a turn that was not answered: a problem, and where to try again."""

    model_config = ConfigDict(extra="allow")

    type: str
    title: str
    status: int
    detail: str
    code: str
    session_id: Uuid
    retry_url: str


#: The events of a streamed answer and the shapes of their data, in the order they come in.
EVENTS: dict[str, type[BaseModel]] = {
    "start": StartEvent,
    "delta": DeltaEvent,
    "citation": CitationOut,
    "done": ChatOut,
    "error": ErrorEvent,
}
