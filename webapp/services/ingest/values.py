"""Values of imports."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from webapp.services.titles import automatic_title

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Callable, Sequence
    from datetime import datetime
    from typing import BinaryIO

READ, WRITE, UNDO = "import-read", "import-write", "import-undo"

#: The states of a conversation in a report, in the order in which they are told.
STATES = ("new", "grown", "changed", "unchanged", "continued", "left_out")
#: A file, or a text, of this size takes as long to write as a message of ordinary length. Words are indexed.
BYTES_OF_A_MESSAGE, CHARACTERS_OF_A_MESSAGE = 100_000, 4_000
#: The counts of a report.
COUNTS = ("conversations", "new", "grown", "changed", "unchanged", "continued", "left_out", "messages", "files")


class Run(NamedTuple):
    """An import: the columns of its row that people see, and the progress of its job (0 to 1, None if unknown).

    `done` and `total` count bytes while it is read, lines of the report while it is written, chats while it is undone.
    `written_to` counts the lines of the report that are written.
    """

    id: str
    state: str
    source: str
    format_name: str | None
    formats: list[str] | None
    confirmed: bool
    counts: dict[str, int] | None
    left_out: dict[str, int] | None
    problem: str | None
    written_to: int
    created_at: datetime
    ended_at: datetime | None
    progress: float | None = None
    done: int | None = None
    total: int | None = None

    @property
    def is_stopped(self) -> bool:
        """Whether it was stopped while it was written. A report that waits for its first decision has not ended."""
        return self.state == "ready" and self.ended_at is not None

    @property
    def line_count(self) -> int:
        counts = self.counts or {}
        return counts.get("conversations", 0) + counts.get("left_out", 0)


class Line(NamedTuple):
    """A line of the report. `left_out` counts by kind what the conversation could not bring."""

    position: int
    place: str
    origin: str
    external_id: str | None
    title: str
    state: str
    reason: str | None
    message_count: int
    new_count: int
    file_count: int
    left_out: dict[str, int] | None
    session_id: str | None
    outcome: str | None


class LinePage(NamedTuple):
    """A page of a report. `next` is the cursor of the next page, None on the last one."""

    data: list[Line]
    next: str | None


class UndoPreview(NamedTuple):
    """What an undo would remove, and the titles of chats that stay because they were continued here."""

    removed: int
    shortened: int
    kept: list[str]


@dataclass(frozen=True, slots=True)
class PreparedFile:
    """A file that is small enough to be stored."""

    name: str
    sha256: bytes
    size: int
    open: Callable[[], BinaryIO]


@dataclass(frozen=True, slots=True)
class PreparedMessage:
    """A message as it will be stored, with the digest of the transcript up to it."""

    role: str
    content: str
    create_time: datetime
    digest: bytes
    model: str | None
    finish_reason: str | None
    reasoning: str | None
    reasoning_seconds: float | None
    files: Sequence[PreparedFile]

    @property
    def weight(self) -> int:
        """How much writing it takes, in messages of ordinary length."""
        characters = len(self.content) + len(self.reasoning or "")
        return 1 + characters // CHARACTERS_OF_A_MESSAGE + sum(file.size for file in self.files) // BYTES_OF_A_MESSAGE


@dataclass(frozen=True, slots=True)
class Prepared:
    """A conversation as it will be stored. `external_id` is made of its content if it has none."""

    position: int
    place: str
    origin: str
    external_id: str
    title: str
    messages: Sequence[PreparedMessage]
    created_at: datetime
    last_activity_at: datetime
    is_dated: bool
    tags: Sequence[str]
    pinned: bool
    archived: bool
    left_out: Counter[str]

    @property
    def shown_title(self) -> str:
        """The title of its chat here: its own, or one made of the first question."""
        if self.title:
            return self.title
        texts = (message.content for message in self.messages if message.role == "user" and message.content)
        return automatic_title(next(texts, None) or self.messages[0].content)

    @property
    def files(self) -> list[PreparedFile]:
        return [file for message in self.messages for file in message.files]

    @property
    def weight(self) -> int:
        """How much writing it takes, in messages of ordinary length."""
        return sum(message.weight for message in self.messages)

    def count_within(self, first_idx: int, room: int) -> int:
        """Return how many messages from one on have about this weight: at least one, if there is one."""
        count = 0
        for message in self.messages[first_idx:]:
            if room <= 0:
                break
            room -= message.weight
            count += 1
        return count


class Stored(NamedTuple):
    """What is here of a conversation. `session_id` is None if its chat was deleted and a fork holds messages of it."""

    conversation_id: str
    imported_count: int
    imported_digest: bytes | None
    imported_title: str | None
    session_id: str | None
    title: str
    message_count: int
    last_activity_at: datetime
    forked_at_idx: int | None
    digests: list[bytes]
    is_live: bool


class Plan(NamedTuple):
    """What an import does with a conversation. The messages from `first_idx` on are brought."""

    state: str
    first_idx: int
    new_count: int
    reason: str | None = None


class Written(NamedTuple):
    """What an import did, for its report and its undo."""

    session_id: str | None
    made_session: bool
    first_idx: int | None
    last_digest: bytes | None
    before: dict[str, Any] | None
    replacement_id: str | None
