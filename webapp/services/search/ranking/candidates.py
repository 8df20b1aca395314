"""The turns that may answer a question: a bounded number of those with its rarest words."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from itertools import combinations
from typing import TYPE_CHECKING, NamedTuple

from webapp.services.search.index import Range, newest_numbers
from webapp.services.search.places import find_places
from webapp.services.search.ranking.constants import AT_NAMED_DATE, MEETING, MESSAGES, NEWEST_OF_WORD, TURNS
from webapp.services.transcripts.numbers import number_from

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from webapp.services.search.places import Place
    from webapp.services.search.query import Query
    from webapp.services.search.ranking.frequencies import Keyword
    from webapp.services.users import CurrentUser


class Candidate(NamedTuple):
    """A turn: the place by which it was found, and which of the keywords it has, as a bit mask.

    The bit after the last keyword's says that it is of the time that the question names.
    """

    place: Place
    mask: int


class Candidates(NamedTuple):
    """Turns, heaviest first. `is_cut` says that more messages may match than were looked at."""

    turns: list[Candidate]
    is_cut: bool


def find_candidates(
    connection: Connection,
    user: CurrentUser,
    query: Query,
    keywords: Sequence[Keyword],
    within: Range,
    periods: Iterable[tuple[datetime, datetime]],
) -> Candidates:
    """Return the heaviest turns that have some of the keywords.

    `query` says what must be there besides. The newest messages of common words rarely are those in which they meet
    other words, so these meetings are looked up, too, and the messages at the times that a question names.
    """
    masks: dict[int, int] = defaultdict(int)
    for place, keyword in enumerate(keywords):
        for seq in keyword.numbers:
            masks[seq] |= 1 << place
    for few in _meetings(keywords):
        others = tuple(keywords[place].term for place in few[1:])
        wanted = replace(query, terms=(*query.terms, keywords[few[0]].term), one_of=others)
        for seq in newest_numbers(connection, user, wanted, NEWEST_OF_WORD, within=within, only_held=False):
            masks[seq] |= 1 << few[0]
            if len(others) == 1:
                masks[seq] |= 1 << few[1]
    for start, end in periods:
        range_ = Range(max(within.low, number_from(start)), min(within.below, number_from(end)))
        # The time alone is enough: words of the question may be missing.
        for seq in newest_numbers(connection, user, query, AT_NAMED_DATE, within=range_, only_held=False):
            masks[seq] |= 1 << len(keywords)
        for place, keyword in enumerate(keywords):
            wanted = replace(query, terms=(*query.terms, keyword.term))
            for seq in newest_numbers(connection, user, wanted, AT_NAMED_DATE, within=range_, only_held=False):
                masks[seq] |= 1 << place | 1 << len(keywords)
    heaviest = _heaviest(masks, keywords, MESSAGES)
    is_cut = len(masks) > len(heaviest) or not all(keyword.is_rare for keyword in keywords)
    return Candidates(_turns(connection, query, heaviest, masks, keywords), is_cut)


def by_numbers(connection: Connection, query: Query, numbers: Sequence[int], mask: int) -> list[Candidate]:
    """Return the turns of messages that have the same keywords, in the order of the numbers."""
    places = find_places(connection, query, numbers)
    turns: dict[tuple[str, int], Place] = {}
    for seq in numbers:
        if seq in places:
            turns.setdefault((places[seq].session_id, places[seq].turn_idx), places[seq])
    return [Candidate(place, mask) for place in turns.values()]


def _meetings(keywords: Sequence[Keyword]) -> list[tuple[int, ...]]:
    """Return the places of keywords to look up together: a common one with any of the rarest ones."""
    by_idf = sorted(range(len(keywords)), key=lambda place: -keywords[place].idf)
    rare = [place for place in by_idf if keywords[place].is_rare and keywords[place].numbers]
    common = [place for place in by_idf if not keywords[place].is_rare][:MEETING]
    if len(rare) < 2:
        return [*combinations(common, 2), *((place, *rare) for place in common if rare)]
    return [(place, *rare[:MEETING]) for place in common]


def _heaviest(masks: Mapping[int, int], keywords: Sequence[Keyword], most: int) -> list[int]:
    """Return the numbers of the messages with the most weight of keywords, newest first where it is equal."""
    weights = _weights(set(masks.values()), keywords)
    return sorted(masks, key=lambda seq: (-weights[masks[seq]], -seq))[:most]


def _turns(
    connection: Connection,
    query: Query,
    numbers: Sequence[int],
    masks: Mapping[int, int],
    keywords: Sequence[Keyword],
) -> list[Candidate]:
    places = find_places(connection, query, numbers)
    turns: dict[tuple[str, int], Candidate] = {}
    for seq in numbers:
        if (place := places.get(seq)) is None:
            continue
        key = (place.session_id, place.turn_idx)
        # The heavier of two messages of a turn comes first.
        known = turns.get(key)
        turns[key] = Candidate(known.place, known.mask | masks[seq]) if known else Candidate(place, masks[seq])
    weights = _weights({turn.mask for turn in turns.values()}, keywords)
    return sorted(turns.values(), key=lambda turn: (-weights[turn.mask], -turn.place.seq))[:TURNS]


def _weights(masks: Iterable[int], keywords: Sequence[Keyword]) -> dict[int, float]:
    idfs = [keyword.idf for keyword in keywords]
    # The bit after the keywords' stands for the time that the question names.
    idfs.append(2 * max(idfs, default=1.0))
    return {mask: sum(idf for place, idf in enumerate(idfs) if mask >> place & 1) for mask in masks}
