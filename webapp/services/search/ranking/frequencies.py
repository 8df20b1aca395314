"""How rare words are: the newest messages with each of them, and from these an estimate of how many there are."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import bindparam, func, select

from webapp.models import ChatSession, table_of
from webapp.services.search.index import find_bounds, newest_numbers
from webapp.services.search.ranking.constants import MOST_WORDS, NEWEST_OF_WORD

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

    from webapp.services.search.index import Range
    from webapp.services.search.query import Query, Term
    from webapp.services.users import CurrentUser

_sessions = table_of(ChatSession)
_COUNT = select(func.sum(_sessions.c.message_count)).where(_sessions.c.owner_id == bindparam("owner"))


class Keyword(NamedTuple):
    """A word of a question: the numbers of the newest messages with it, and its weight.

    `is_rare` says that `numbers` are all of them. `idf` is the inverse document frequency.
    """

    term: Term
    numbers: list[int]
    is_rare: bool
    idf: float


def weigh(
    connection: Connection, user: CurrentUser, query: Query, terms: Sequence[Term], within: Range
) -> list[Keyword]:
    """Return the rarest of the terms, in the order of the question.

    `query` says what must be there besides. A term that is in more messages than are read is counted by how far back in
    time these reach.
    """
    found = {term: _numbers(connection, user, query, term, within) for term in terms}
    counts = {term: float(len(numbers)) for term, numbers in found.items()}
    common = [term for term, numbers in found.items() if len(numbers) > NEWEST_OF_WORD]
    count = int(connection.execute(_COUNT, {"owner": user.id}).scalar_one() or 0)
    if common:
        reach = _reach(connection, user, query, within)
        for term in common:
            newest, oldest = found[term][0], found[term][-1]
            # As dense as in the part that was read.
            counts[term] = max(counts[term], counts[term] * reach / max(1, newest - oldest))
    count = max(count, *(int(each) for each in counts.values()), 1)
    rarest = sorted(terms, key=lambda term: counts[term])[:MOST_WORDS]
    return [
        Keyword(
            term,
            found[term][:NEWEST_OF_WORD],
            len(found[term]) <= NEWEST_OF_WORD,
            math.log(1 + (count - min(count, counts[term]) + 0.5) / (min(count, counts[term]) + 0.5)),
        )
        for term in terms
        if term in rarest
    ]


def _numbers(connection: Connection, user: CurrentUser, query: Query, term: Term, within: Range) -> list[int]:
    wanted = replace(query, terms=(*query.terms, term))
    return newest_numbers(connection, user, wanted, NEWEST_OF_WORD + 1, within=within, only_held=False)


def _reach(connection: Connection, user: CurrentUser, query: Query, within: Range) -> int:
    """Return over how many numbers the messages reach that the query allows."""
    bounds = find_bounds(connection, user, query)
    return 0 if bounds is None else min(bounds[1], within.below) - bounds[0]
