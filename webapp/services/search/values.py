"""What a search returns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from datetime import datetime

Order: TypeAlias = Literal["best", "newest"]
#: Parts of a text that alternate plain and matching text and begin with plain text.
Snippet: TypeAlias = list[str]


class TurnHit(NamedTuple):
    """A turn that matches: a question and its answer, of which one may be missing.

    `turn_id` is the id of its question, or of an answer without one. `message_id`, `idx`, `role` and `create_time` are
    those of the message that matches, or of the answer if both do. `score` is 0 in the order of time.
    """

    turn_id: str
    session_id: str
    title: str
    archived: bool
    idx: int
    message_id: str
    role: str
    create_time: datetime
    score: float
    question: Snippet
    answer: Snippet

    @property
    def snippet(self) -> Snippet:
        return self.question if self.role == "user" else self.answer


class TitleHit(NamedTuple):
    """A chat whose title has every word."""

    session_id: str
    title: Snippet
    archived: bool
    last_activity_at: datetime


class SearchPage(NamedTuple):
    """A page of turns. `next` is the cursor of the next page, None on the last one.

    `all_words` is False if no message has every word, so that these turns have some of them. `is_cut` says that there
    may be more turns than the order by relevance goes through. `titles` are on the first page only.
    """

    data: list[TurnHit]
    next: str | None
    all_words: bool = True
    is_cut: bool = False
    titles: tuple[TitleHit, ...] = ()


@dataclass(frozen=True)
class Bin:
    """The number of matching messages from `start` on, to the start of the next bin."""

    start: datetime
    count: int


class Histogram(NamedTuple):
    """How many messages match in each day, week or month, without gaps between the oldest and the newest one.

    The starts are midnights of the time zone that was asked for.
    """

    bin: Literal["day", "week", "month", "year"]
    bins: tuple[Bin, ...]

    @property
    def total(self) -> int:
        return sum(each.count for each in self.bins)
