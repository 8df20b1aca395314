from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, Field

from webapp.api.schemas.base import Content, In, Out
from webapp.api.schemas.chat import AssistantKey, Stream
from webapp.api.schemas.live import DeltaEvent, FailureEvent, ReasoningEvent, RestartEvent
from webapp.api.schemas.messages import CitationOut, UsageOut
from webapp.api.schemas.turns import MOST_TURNS, CarriedTurns


class TemporaryIn(In):
    """A message of a temporary chat, after the turns that the client carries. Nothing is stored."""

    content: Content
    turns: Annotated[CarriedTurns, Field(max_length=MOST_TURNS - 1)] = Field(default_factory=list)
    assistant: Annotated[
        AssistantKey, Field(description="The key of an assistant. By default, the default assistant answers.")
    ] = None
    stream: Stream = False


class CarriedQuestionOut(Out):
    """The question, as the client sends it with the next one."""

    content: str
    create_time: datetime


class CarriedAnswerOut(Out):
    """The answer, as the client sends it with the next question."""

    content: str
    create_time: datetime
    model: str | None
    finish_reason: str | None
    reasoning: str | None
    reasoning_seconds: float | None


class CarriedTurnOut(Out):
    """A turn, as the client adds it to its `turns`."""

    user: CarriedQuestionOut
    assistant: CarriedAnswerOut


class TemporaryOut(Out):
    """The finished turn, which is not stored, and facts of the answer that are not carried."""

    turn: CarriedTurnOut
    citations: list[CitationOut]
    usage: UsageOut | None


class TemporaryStartEvent(Out):
    """`start`, the first event."""

    assistant: str
    user: CarriedQuestionOut


class TemporaryErrorEvent(FailureEvent):
    """`error`, the last event of a failed turn: a problem document, and the turn as far as it came."""

    turn: CarriedTurnOut | None = None


#: The events of a streamed answer in their order, with the schemas of their data.
TEMPORARY_EVENTS: dict[str, type[BaseModel]] = {
    "start": TemporaryStartEvent,
    "reasoning": ReasoningEvent,
    "restart": RestartEvent,
    "delta": DeltaEvent,
    "citation": CitationOut,
    "done": TemporaryOut,
    "error": TemporaryErrorEvent,
}
