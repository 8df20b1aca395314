"""What every importer yields: conversations as their reader saw them, and what was left out of them.

A conversation holds the displayed path only. Everything else is counted by kind (`left_out.py`) and never silently
dropped. Texts are Markdown. Times are aware, or None if the export has none.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, BinaryIO, Literal, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportedFile:
    """A file of a message whose bytes are in the export.

    `name` is for people and never a path. `open` returns a new stream of the bytes; its reader checks the size limit
    while it reads, because `size` is what the export claims.
    """

    name: str
    open: Callable[[], BinaryIO]
    size: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportedMessage:
    """One displayed message. Without a text it has at least one file."""

    role: Literal["user", "assistant"]
    content: str
    create_time: datetime | None = None
    external_id: str | None = None
    model: str | None = None
    finish_reason: str | None = None
    reasoning: str | None = None
    reasoning_seconds: float | None = None
    files: Sequence[ImportedFile] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportedConversation:
    """A conversation in its displayed order. The roles need not alternate.

    `place` says where it stands in the upload ("conversations.json, item 3"). Without an `external_id` it is known by
    its content. `part_of` is the external id of the conversation that a sub-agent worked for.
    """

    place: str
    external_id: str | None
    title: str
    messages: Sequence[ImportedMessage]
    create_time: datetime | None = None
    update_time: datetime | None = None
    model: str | None = None
    tags: Sequence[str] = ()
    pinned: bool = False
    archived: bool = False
    part_of: str | None = None
    left_out: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """Something of the upload that becomes no conversation: a torn entry, an empty chat, a file of no message.

    `kind` is a key of `left_out.KINDS`. `reason` is a sentence for the person.
    """

    place: str
    kind: str
    reason: str
    count: int = 1
    title: str = ""


Record: TypeAlias = ImportedConversation | LeftOut
