"""Recall: what a book has about a question, when, and its best turns."""

from __future__ import annotations

from dataclasses import replace
from hashlib import blake2s
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias

from webapp.database.transaction import read_connection
from webapp.services.cursors import decode_cursor, encode_cursor
from webapp.services.search.histogram import count_over_time
from webapp.services.search.ranking import rank_question
from webapp.services.search.values import Histogram

if TYPE_CHECKING:
    from webapp.services.search.histogram import Unit
    from webapp.services.search.query import Query
    from webapp.services.search.ranking import Ranked
    from webapp.services.search.values import TurnHit
    from webapp.services.users import CurrentUser

#: The cover of the best turns below which nothing fits, and below which words of the question are missing.
_FITS, _HAS_ALL_WORDS = 0.31, 0.6

#: How well the best turns fit: they have about all telling words, some of them, or hardly any; or there are none.
Fit: TypeAlias = Literal["good", "partial", "weak", "nothing"]


class Peek(NamedTuple):
    """What a question finds: how many messages have any of its telling words, when, and the best turns.

    `next` is the cursor of the next turns, and `words` are the telling words. `is_cut` says that more turns may match
    than were ranked: a narrower question or time finds them.
    """

    total: int
    histogram: Histogram
    matches: list[TurnHit]
    next: str | None
    fit: Fit
    words: tuple[str, ...]
    is_cut: bool


def peek(
    user: CurrentUser,
    query: Query,
    *,
    top_k: int = 100,
    unit: Unit | Literal["auto"] = "auto",
    zone: str = "UTC",
    cursor: str | None = None,
) -> Peek:
    """Look up a question. A match has at least one of its telling words; which ones it has decides its place.

    Phrases, words to leave out, and filters of the query are demanded. Raises Invalid for too many bins, and BadRequest
    for a cursor of another question.
    """
    kind = f"peek:{blake2s(query.text.encode(), digest_size=8).hexdigest()}"
    (start,) = decode_cursor(kind, cursor, int) if cursor else (0,)
    connection = read_connection()
    found = rank_question(connection, user, query, zone=zone)
    broad = replace(query, terms=found.demanded, one_of=tuple(found.terms))
    histogram = Histogram("month" if unit == "auto" else unit, ())
    if not broad.is_empty:
        histogram = count_over_time(connection, user, broad, unit=unit, zone=zone)
    end = start + top_k
    return Peek(
        total=histogram.total,
        histogram=histogram,
        matches=found.hits(start, end),
        next=encode_cursor(kind, end) if len(found.turns) > end else None,
        fit=fit_of(found),
        words=tuple(" ".join(term.words) for term in found.terms),
        is_cut=found.is_cut,
    )


def fit_of(found: Ranked) -> Fit:
    """Say how well the best turns fit a question."""
    if not found.turns:
        return "nothing"
    cover = found.cover
    return "weak" if cover < _FITS else "partial" if cover < _HAS_ALL_WORDS else "good"
