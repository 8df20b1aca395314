from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from webapp.api.schemas.base import Out, Uuid
from webapp.api.schemas.chat import ChatOut


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


class TakenBackOut(Out):
    """A question that was taken back."""

    session_id: Uuid
    content: str


class StoppedOut(Out):
    """An answer that was stopped: kept (`chat`), come to nothing, or failed before (`live`)."""

    session_id: Uuid
    content: Annotated[str, Field(description="What was asked.")]
    chat: ChatOut | None
    live: LiveOut | None
