from __future__ import annotations

from webapp.api.schemas.base import Content, ExpectedLastIdx, In, Moment, Name, Out, Uuid
from webapp.api.schemas.messages import MessageOut


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
    expected_last_idx: ExpectedLastIdx | None = None


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
