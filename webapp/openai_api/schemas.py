"""The schema of a request for a chat completion. Other fields, of which clients send many, are ignored."""

from __future__ import annotations

from functools import lru_cache
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, create_model


class In(BaseModel):
    """Part of a request. Wrong types are errors; unknown fields are ignored."""

    model_config = ConfigDict(extra="ignore", strict=True)


class MessageIn(In):
    """A message. The allowed content depends on the role."""

    role: str
    content: Any = None
    refusal: str | None = None
    tool_calls: Any = None
    function_call: Any = None

    @property
    def stored_id(self) -> str | None:
        """The id of the stored message that this one stands for."""
        return None


class StreamOptions(In):
    """Options of the stream."""

    include_usage: bool | None = None


class CompletionIn(In):
    """A request for a chat completion."""

    messages: Annotated[list[MessageIn], Field(min_length=1)]
    model: Annotated[str | None, Field(max_length=200)] = None
    stream: bool | None = None
    stream_options: StreamOptions | None = None
    store: bool | None = None
    metadata: dict[str, Any] | None = None
    n: int | None = None
    temperature: Annotated[float | None, Field(ge=0, le=2)] = None
    top_p: Annotated[float | None, Field(ge=0, le=1)] = None
    max_tokens: Annotated[int | None, Field(ge=1)] = None
    max_completion_tokens: Annotated[int | None, Field(ge=1)] = None
    logprobs: bool | None = None
    modalities: list[str] | None = None
    response_format: dict[str, Any] | None = None
    tools: list[Any] | None = None
    tool_choice: Any = None
    functions: list[Any] | None = None
    function_call: Any = None


@lru_cache(maxsize=8)
def completion_model(max_history: int) -> type[CompletionIn]:
    """Return the schema of a request with at most `max_history` messages."""
    messages = Annotated[list[MessageIn], Field(min_length=1, max_length=max_history)]
    return create_model("CompletionIn", __base__=CompletionIn, messages=(messages, ...))
