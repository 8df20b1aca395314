"""The input and output of assistants: plain values that compare by content."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from datetime import datetime


@dataclass(frozen=True)
class Utterance:
    """One message of the history for an assistant. A client's instructions have the role `system`, at any place."""

    role: Literal["user", "assistant", "system"]
    content: str


@dataclass(frozen=True)
class Parameters:
    """How a model is to answer. What is None is left to the provider. `max_tokens` limits the answer."""

    temperature: float | None = None
    top_p: float | None = None
    max_tokens: int | None = None


@dataclass(frozen=True)
class Text:
    """A piece of the reply, which follows the pieces before it."""

    text: str


@dataclass(frozen=True)
class Reasoning:
    """A piece of a model's reasoning before its answer. It is not part of the reply's text."""

    text: str


@dataclass(frozen=True)
class Rethought:
    """All text so far was reasoning, and no part of the reply's text. Only its end shows it."""


@dataclass(frozen=True)
class ToolCall:
    """A tool call by the model. `arguments` is the model's JSON, not validated."""

    id: str
    name: str
    arguments: str


@dataclass(frozen=True)
class ToolResult:
    """The result of a tool call, as the model reads it."""

    call_id: str
    content: str


@dataclass(frozen=True)
class Status:
    """A short sentence about the current step of the assistant. It replaces the one before it."""

    text: str


@dataclass(frozen=True)
class Citation:
    """A quoted message: its position, the quote, and a permanent link."""

    session_id: str
    title: str
    idx: int
    message_id: str
    create_time: datetime
    quote: str
    html_url: str


@dataclass(frozen=True)
class Usage:
    """The cost of the reply in tokens."""

    input_tokens: int
    output_tokens: int


@dataclass(frozen=True)
class ProviderRefusal:
    """A provider's answer with an error, in its own terms.

    `status` is the HTTP status (200 for an error inside of a stream), `code` the machine-readable code of the body.
    `words` are plain text of a few hundred characters. `retry_after` is in seconds.
    """

    status: int
    code: str | None
    words: str
    retry_after: float | None


@dataclass(frozen=True)
class MonthCount:
    """The number of examined turns in a month (`2026-03`)."""

    month: str
    count: int


@dataclass(frozen=True)
class Findings:
    """The result of a retrieval: passages, best first, and the number of examined turns in each month."""

    passages: tuple[Citation, ...] = ()
    months: tuple[MonthCount, ...] = ()


@dataclass(frozen=True)
class End:
    """The end of a reply, and its last event."""

    model: str
    finish_reason: str = "stop"
    usage: Usage | None = None
    citations: tuple[Citation, ...] = ()
    histogram: tuple[MonthCount, ...] = field(default=())


#: The events of a reply. Readers match all kinds with `assert_never`, so that the type checker reports a missing one.
Event: TypeAlias = Text | Reasoning | Rethought | ToolCall | ToolResult | Status | End
