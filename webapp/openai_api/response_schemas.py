"""The schema of a request for a response. Other fields, of which clients send many, are ignored."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from webapp.ids import canonical_id
from webapp.openai_api.schemas import In, MessageIn

MESSAGE_PREFIX, RESPONSE_PREFIX = "msg_", "resp_"


class ItemIn(MessageIn):
    """An item of the input: a message, or a reference to a stored one. The allowed content depends on the role."""

    type: str = "message"
    id: Any = None

    @property
    def stored_id(self) -> str | None:
        return uuid_in(self.id, MESSAGE_PREFIX) if self.type == "item_reference" else None


class ResponseIn(In):
    """A request for a response."""

    input: Any = None
    model: Annotated[str | None, Field(max_length=200)] = None
    instructions: str | None = None
    previous_response_id: str | None = None
    stream: bool | None = None
    store: bool | None = None
    metadata: dict[str, Any] | None = None
    temperature: Annotated[float | None, Field(ge=0, le=2)] = None
    top_p: Annotated[float | None, Field(ge=0, le=1)] = None
    max_output_tokens: Annotated[int | None, Field(ge=1)] = None
    text: dict[str, Any] | None = None
    tools: list[Any] | None = None
    tool_choice: Any = None
    background: bool | None = None
    conversation: Any = None
    prompt: Any = None
    top_logprobs: int | None = None
    user: str | None = None


def uuid_in(value: object, prefix: str) -> str | None:
    """Return the UUID in an id of the OpenAI API, None if it has none."""
    return canonical_id(value.removeprefix(prefix)) if isinstance(value, str) and value.startswith(prefix) else None
