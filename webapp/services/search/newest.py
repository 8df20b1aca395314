"""The order of time: turns that match, newest first, page by page along the index."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from webapp.services.search.index import NEWEST, Range, newest_numbers
from webapp.services.search.places import find_places

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import Connection

    from webapp.services.search.places import Place
    from webapp.services.search.query import Query
    from webapp.services.users import CurrentUser


class Found(NamedTuple):
    """The messages by which turns were found, and the number below which the next page begins, if there is one."""

    places: list[Place]
    below: int | None


def find_newest(connection: Connection, user: CurrentUser, query: Query, limit: int, below: int = NEWEST) -> Found:
    """Return the newest turns of which a message below a number matches. Each turn is found once, by its newest match.

    A page takes three queries at most.
    """
    # Two messages of a turn may match, and the last one of the page before may have left one.
    most = 2 * limit + 2
    numbers = newest_numbers(connection, user, query, most, within=Range(below=below))
    places = find_places(connection, query, numbers)
    before = _found_before(connection, user, query, places.values(), below)
    turns: dict[tuple[str, int], Place] = {}
    last = None
    for seq in numbers:
        place = places.get(seq)
        if place is None or place.other_seq in before:
            last = seq
            continue
        key = (place.session_id, place.turn_idx)
        if key not in turns and len(turns) == limit:
            return Found(list(turns.values()), last)
        turns.setdefault(key, place)
        last = seq
    return Found(list(turns.values()), last if len(numbers) == most else None)


def _found_before(
    connection: Connection, user: CurrentUser, query: Query, places: Iterable[Place], below: int
) -> set[int | None]:
    """Return the other messages of these turns that match and are not below the number: earlier pages had them."""
    later = [place.other_seq for place in places if place.other_seq is not None and place.other_seq >= below]
    if not later:
        return set()
    within = Range(min(later), max(later) + 1)
    # The other message of a turn is rarely far away, so that the range is small.
    found: set[int | None] = {*newest_numbers(connection, user, query, len(later) * 64, within=within)}
    return found.intersection(later)
