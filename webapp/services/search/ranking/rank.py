"""The best turns for a question, or for a search."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple
from zoneinfo import ZoneInfo

from webapp.ids import utc_now
from webapp.services.search.hits import make_hit
from webapp.services.search.index import NEWEST, Range, newest_numbers, range_of
from webapp.services.search.ranking.candidates import Candidate, by_numbers, find_candidates
from webapp.services.search.ranking.constants import NEWEST_OF_WORD, TURNS
from webapp.services.search.ranking.dates import named_dates
from webapp.services.search.ranking.frequencies import weigh
from webapp.services.search.ranking.keywords import MOST, keywords
from webapp.services.search.ranking.occurrences import Finder
from webapp.services.search.ranking.reading import read_texts
from webapp.services.search.ranking.scoring import Scorer, Turn
from webapp.services.search.snippets import Marks

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import Connection

    from webapp.services.search.places import Place
    from webapp.services.search.query import Query, Term
    from webapp.services.search.ranking.dates import NamedDate
    from webapp.services.search.values import TurnHit
    from webapp.services.users import CurrentUser


class RankedTurn(NamedTuple):
    """A turn with its score. `cover` is the part of the keywords' weight that it has, 0 to 1."""

    place: Place
    score: float
    cover: float


@dataclass(frozen=True)
class Ranked:
    """Turns, best first, with the texts of their messages by number.

    `terms` are what was looked for. `top` is the highest number that was looked at. `is_cut` says that more turns may
    match than were ranked.
    """

    turns: Sequence[RankedTurn] = ()
    contents: Mapping[int, str] | None = None
    terms: Sequence[Term] = ()
    #: The terms that each turn has.
    demanded: tuple[Term, ...] = ()
    top: int = 0
    is_cut: bool = False

    @property
    def cover(self) -> float:
        """The greatest cover of the best three."""
        return max((turn.cover for turn in self.turns[:3]), default=0.0)

    def hits(self, start: int, end: int) -> list[TurnHit]:
        marks = Marks([*self.demanded, *self.terms])
        return [make_hit(turn.place, self.contents or {}, marks, turn.score) for turn in self.turns[start:end]]


def rank_matches(
    connection: Connection, user: CurrentUser, query: Query, *, all_words: bool = True, below: int = NEWEST
) -> Ranked:
    """Rank turns of which one message has every term of a query, or any of them if not `all_words`.

    Only messages with a number below `below` count.
    """
    demanded = replace(query, terms=())
    within = range_of(query, Range(below=below))
    if not all_words:
        return _rank(connection, user, demanded, query.terms, within, ())
    numbers = newest_numbers(connection, user, query, NEWEST_OF_WORD + 1, within=within)
    found = by_numbers(connection, query, numbers[:NEWEST_OF_WORD], (1 << len(query.terms)) - 1)
    weighed = weigh(connection, user, demanded, query.terms, within) if len(query.terms) > 1 else []
    idfs = {keyword.term: keyword.idf for keyword in weighed}
    terms = list(idfs) or list(query.terms)
    ranked = _score(connection, found[:TURNS], terms, [idfs.get(term, 1.0) for term in terms], ())
    top = numbers[0] if numbers else 0
    return replace(ranked, terms=query.terms, top=top, is_cut=len(numbers) > NEWEST_OF_WORD or len(found) > TURNS)


def rank_question(connection: Connection, user: CurrentUser, query: Query, *, zone: str = "UTC") -> Ranked:
    """Rank turns that share telling words with a question, whatever else it asks for.

    Words to leave out and filters of the query are demanded, and phrases if anything has them. Months and days that it
    names are a hint. It takes a bounded number of queries.
    """
    phrases = tuple(term for term in query.phrases if len(term.words) > 1)
    demanded = replace(query, terms=phrases)
    dates, rest = named_dates(query.unfiltered)
    terms = keywords(rest)
    ranked = _rank(connection, user, demanded, terms, range_of(query), dates, zone)
    if not ranked.turns and phrases:
        # Questions quote names and titles, in other words than the book.
        words = [*phrases, *terms][:MOST]
        return _rank(connection, user, replace(query, terms=()), words, range_of(query), dates, zone)
    return replace(ranked, demanded=phrases)


def _rank(
    connection: Connection,
    user: CurrentUser,
    demanded: Query,
    terms: Sequence[Term],
    within: Range,
    dates: Sequence[NamedDate],
    zone: str = "UTC",
) -> Ranked:
    if not terms and not dates:
        return Ranked()
    weighed = weigh(connection, user, demanded, terms, within)
    today = utc_now().astimezone(ZoneInfo(zone)).date()
    periods = [period for named in dates if (period := named.latest(today, ZoneInfo(zone)))]
    found = find_candidates(connection, user, demanded, weighed, within, periods)
    ranked = _score(
        connection, found.turns, [each.term for each in weighed], [each.idf for each in weighed], dates, zone
    )
    top = max((keyword.numbers[0] for keyword in weighed if keyword.numbers), default=0)
    return replace(ranked, terms=terms, top=top, is_cut=found.is_cut)


def _score(
    connection: Connection,
    candidates: Sequence[Candidate],
    terms: Sequence[Term],
    idfs: Sequence[float],
    dates: Sequence[NamedDate],
    zone: str = "UTC",
) -> Ranked:
    contents, texts = read_texts(connection, [each.place for each in candidates], Finder(terms))
    by_age = sorted(range(len(candidates)), key=lambda number: candidates[number].place.seq)
    ages = {number: rank for rank, number in enumerate(by_age)}
    days = ZoneInfo(zone)
    turns = [
        Turn(text, each.place.session_id, each.place.create_time.astimezone(days).date(), ages[number])
        for number, (each, text) in enumerate(zip(candidates, texts, strict=True))
    ]
    scorer = Scorer(idfs, turns, dates)
    scored = [RankedTurn(each.place, *scorer.score(turn)) for each, turn in zip(candidates, turns, strict=True)]
    scored.sort(key=lambda turn: (-turn.score, -turn.place.seq))
    return Ranked(scored, contents)
