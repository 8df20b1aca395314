from __future__ import annotations

from typing import Annotated

from pydantic import Field

from webapp.api.schemas.base import NO_NUL, Content, ExpectedLastIdx, In, Moment, Name, Out, Uuid
from webapp.api.schemas.messages import MessageOut
from webapp.services.carried import MOST_MESSAGES
from webapp.services.content import REASON_LIMIT

FinishReason = Annotated[
    str,
    Field(
        pattern=NO_NUL,
        max_length=REASON_LIMIT,
        description="Why the answer ended: `stop`, `length`, `stopped`, `broken_off` …",
    ),
]


class UserMessageIn(In):
    """The user message."""

    content: Content
    create_time: Moment | None = None


class AssistantMessageIn(In):
    """The answer of the assistant."""

    content: Content
    model: Name | None = None
    create_time: Moment | None = None
    finish_reason: FinishReason | None = None
    reasoning: Annotated[str | None, Field(pattern=NO_NUL, description="What the model thought before.")] = None
    reasoning_seconds: Annotated[float | None, Field(ge=0, le=1_000_000, allow_inf_nan=False)] = None


class CarriedTurn(In):
    """A finished turn that the client carries."""

    user: UserMessageIn
    assistant: AssistantMessageIn


class TurnIn(In):
    """A finished turn from elsewhere.

    With a `create_time`, the turn dates its session: `created_at` is the time of the first message, `last_activity_at`
    the latest time, which never goes back and is never in the future. A message without a time has the time of the
    other one. Without times, the turn happens now.
    """

    user: UserMessageIn
    assistant: AssistantMessageIn
    expected_last_idx: ExpectedLastIdx | None = None


MOST_TURNS = MOST_MESSAGES // 2
CarriedTurns = Annotated[
    list[CarriedTurn],
    Field(
        description="Finished turns in their order. Times never go back and are not in the future. A message without a "
        "time has that of the one before.",
    ),
]


class TurnOut(Out):
    """The appended turn. Its id is the id of its user message."""

    id: Uuid
    session_id: Uuid
    conversation_id: Uuid
    user_message_id: Uuid
    assistant_message_id: Uuid
    messages: list[MessageOut]
    message_count: int
    revision: int
    url: str
