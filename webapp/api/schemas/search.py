from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from webapp.api.schemas.base import NO_NUL, Cursor, Limit, Out, Query, Uuid
from webapp.services.search.periods import check_zone

Ranges = Annotated[
    list[tuple[int, int]], Field(description="The ranges of the text that match: [start, end), in characters.")
]
Zone = Annotated[
    str,
    AfterValidator(check_zone),
    Field(max_length=64, pattern=NO_NUL, description="A time zone of the IANA database, for days in dates."),
]
#: The longest question.
Text = Annotated[str, Field(max_length=1_000, pattern=NO_NUL)]


class PlaceOut(Out):
    """A turn, and the message of it that matches."""

    turn_id: Annotated[Uuid, Field(description="The id of the question; of the answer, if there is no question.")]
    session_id: Uuid
    title: str
    archived: bool
    idx: int
    message_id: Uuid
    role: Literal["user", "assistant"]
    create_time: datetime
    score: Annotated[float, Field(description="0 in the order of time.")]
    url: str
    html_url: str


class HitOut(PlaceOut):
    """A turn of which a message matches. `snippet` is of that message."""

    snippet: str
    matches: Ranges
    question: str | None
    question_matches: Ranges
    answer: str | None
    answer_matches: Ranges


class TitleOut(Out):
    """A chat whose title has every word."""

    session_id: Uuid
    title: str
    archived: bool
    last_activity_at: datetime
    url: str
    html_url: str


class HitList(Out):
    """A page of turns."""

    data: list[HitOut]
    next: str | None
    all_words: Annotated[bool, Field(description="False if no message has every word: these have some of them.")]
    is_cut: Annotated[bool, Field(description="Only the newest thousand messages that match were put in order.")]
    chats: Annotated[list[TitleOut], Field(description="Chats whose titles have every word; on the first page only.")]


class SearchQuery(Query):
    """A search query."""

    q: Annotated[
        Text,
        Field(
            description='Words, "phrases", -word, begin*, role:user, tag:name, model:name, in:archived, has:file, '
            "before:2025-03, after:2025-03-09, on:2025, session:id. The last word also matches as a beginning, unless "
            "a space follows.",
        ),
    ]
    order: Literal["best", "newest"] = "best"
    tz: Zone = "UTC"
    include_archivist: Annotated[
        bool, Field(description="Include answers of the archivist, and the questions put to it.")
    ] = False
    cursor: Cursor | None = None
    limit: Limit = 20


class HistogramQuery(Query):
    """A search whose matches are counted over time."""

    q: Text
    all_words: Annotated[bool, Field(description="Whether a message must have every word, or any of them.")] = True
    bin: Literal["day", "week", "month", "year", "auto"] = "auto"
    tz: Zone = "UTC"
    include_archivist: bool = False


class PeekQuery(Query):
    """A question, and what to return of what it finds."""

    query: Annotated[Text, Field(description="A question or words. Phrases in quotes and filters are demanded.")]
    top_k: Annotated[int, Field(ge=1, le=300, description="The number of turns.")] = 100
    top_n_snippets: Annotated[int, Field(ge=0, le=300, description="So many of the first turns have snippets.")] = 10
    start: Annotated[
        str | None, Field(max_length=40, pattern=NO_NUL, description="A time or a date: from then on.")
    ] = None
    end: Annotated[
        str | None, Field(max_length=40, pattern=NO_NUL, description="Before that time; a date is included.")
    ] = None
    bin: Literal["day", "week", "month", "year", "auto"] = "auto"
    tz: Zone = "UTC"
    session_id: Annotated[str | None, Field(pattern="^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$")] = None
    tag: Annotated[str | None, Field(max_length=100, pattern=NO_NUL)] = None
    cursor: Cursor | None = None


class BinOut(Out):
    """The number of messages from `start` to the start of the next bin."""

    start: datetime
    count: int


class HistogramOut(Out):
    """The number of messages that match, in bins without gaps."""

    bin: Literal["day", "week", "month", "year"]
    bins: list[BinOut]


class MatchOut(PlaceOut):
    """A turn that matches, with the parts of its messages that fit."""

    question: str | None
    answer: str | None


class PeekOut(Out):
    """What a question finds."""

    total: Annotated[int, Field(description="The number of messages that have any of the words.")]
    histogram: HistogramOut
    matches: list[MatchOut]
    next: str | None
    fit: Literal["good", "partial", "weak", "nothing"]
    words: Annotated[list[str], Field(description="The telling words of the question.")]
    is_cut: bool


class TurnMessageOut(Out):
    """A message of a turn."""

    id: Uuid
    idx: int
    create_time: datetime
    content: str
    model: str | None


class WholeTurnOut(Out):
    """A question and its answer, of which one may be missing."""

    turn_id: Uuid
    session_id: Uuid
    title: str
    archived: bool
    idx: int
    create_time: datetime
    question: TurnMessageOut | None
    answer: TurnMessageOut | None
    previous_id: Uuid | None
    next_id: Uuid | None
    url: str
    html_url: str
