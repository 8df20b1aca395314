"""What goes to an assistant and what comes back: plain values that compare by content."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from datetime import datetime


@dataclass(frozen=True)
class Utterance:
    """One message of the history that an assistant is given. A client's instructions are the system's."""

    role: Literal["user", "assistant", "system"]
    content: str


@dataclass(frozen=True)
class Text:
    """A piece of the reply, to be put behind the pieces before it."""

    text: str


@dataclass(frozen=True)
class Reasoning:
    """A piece of what a model thinks before it answers. It is no part of the reply's text."""

    text: str


@dataclass(frozen=True)
class ToolCall:
    """The model calls a tool. `arguments` is the JSON that it wrote, which may be anything."""

    id: str
    name: str
    arguments: str


@dataclass(frozen=True)
class ToolResult:
    """What the call of this id returned, as the model reads it."""

    call_id: str
    content: str


@dataclass(frozen=True)
class Status:
    """A short sentence for people that says what the assistant is doing. The next one takes its place."""

    text: str


@dataclass(frozen=True)
class Citation:
    """A message the reply leans on: where it stood, the words that are quoted from it, and a lasting link to it."""

    session_id: str
    title: str
    idx: int
    message_id: str
    create_time: datetime
    quote: str
    html_url: str


@dataclass(frozen=True)
class Usage:
    """What the reply cost, in tokens."""

    input_tokens: int
    output_tokens: int


@dataclass(frozen=True)
class MonthCount:
    """How many of the turns that were looked at fall into a month (`2026-03`)."""

    month: str
    count: int


@dataclass(frozen=True)
class Findings:
    """What a retrieval found: the best passages, best first, and how many turns it looked at in each month."""

    passages: tuple[Citation, ...] = ()
    months: tuple[MonthCount, ...] = ()


@dataclass(frozen=True)
class End:
    """The reply is finished. Nothing comes after it."""

    model: str
    finish_reason: str = "stop"
    usage: Usage | None = None
    citations: tuple[Citation, ...] = ()
    histogram: tuple[MonthCount, ...] = field(default=())


#: What an assistant yields. Who reads events matches all kinds, so that the type checker finds who misses a new one.
Event: TypeAlias = Text | Reasoning | ToolCall | ToolResult | Status | End
