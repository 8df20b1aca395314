from __future__ import annotations

from typing import Annotated

from pydantic import Field

from webapp.api.schemas.base import Content, ExpectedLastIdx, In, Name, Out, Uuid
from webapp.api.schemas.messages import CitationOut, MessageOut, UsageOut


class ChatIn(In):
    """A message to an assistant."""

    content: Content
    session_id: Annotated[Uuid | None, Field(description="Left out, a session is made.")] = None
    expected_last_idx: ExpectedLastIdx | None = None
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
