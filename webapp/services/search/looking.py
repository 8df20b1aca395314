"""A search with its matches over time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

from webapp.database.transaction import read_connection
from webapp.services.search.histogram import count_over_time
from webapp.services.search.searching import search
from webapp.services.search.values import Histogram

if TYPE_CHECKING:
    from webapp.services.search.histogram import Unit
    from webapp.services.search.query import Query
    from webapp.services.search.values import Order, SearchPage
    from webapp.services.users import CurrentUser


class Look(NamedTuple):
    """A page of a search, and how many messages match over time."""

    page: SearchPage
    histogram: Histogram


def look(user: CurrentUser, query: Query, *, order: Order, zone: str, cursor: str | None = None) -> Look:
    """Search, and count the messages that match in days, weeks, months or years of a time zone.

    If no message has every word, those with any word are counted. Raises BadRequest for a cursor of another
    search.
    """
    page = search(user, query, order=order, cursor=cursor)
    return Look(page, count_matches(user, query, all_words=page.all_words, zone=zone))


def count_matches(
    user: CurrentUser,
    query: Query,
    *,
    all_words: bool = True,
    unit: Unit | Literal["auto"] = "auto",
    zone: str = "UTC",
) -> Histogram:
    """Count the messages that have every term of a query, or any of them if not `all_words`.

    Raises Invalid for too many bins.
    """
    if query.is_empty:
        return Histogram("month" if unit == "auto" else unit, ())
    wanted = query if all_words else query.any_word()
    return count_over_time(read_connection(), user, wanted, unit=unit, zone=zone)
