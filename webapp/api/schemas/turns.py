from __future__ import annotations

from webapp.api.schemas.base import Content, ExpectedLastIdx, In, Moment, Name, Out, Uuid
from webapp.api.schemas.messages import MessageOut


class UserMessageIn(In):
    """The user message."""

    content: Content
    create_time: Moment | None = None


class AssistantMessageIn(In):
    """The answer of the assistant."""

    content: Content
    model: Name | None = None
    create_time: Moment | None = None


class TurnIn(In):
    """A finished turn from elsewhere.

    With a `create_time`, the turn dates its session: `created_at` is the time of the first message, `last_activity_at`
    the latest time, which never goes back and is never in the future. A message without a time has the time of the
    other one. Without times, the turn happens now.
    """

    user: UserMessageIn
    assistant: AssistantMessageIn
    expected_last_idx: ExpectedLastIdx | None = None


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
