"""How many messages match over time, in fixed bins."""

from __future__ import annotations

from bisect import bisect_right
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Literal, TypeAlias
from zoneinfo import ZoneInfo

from webapp.errors import Invalid
from webapp.services.search.index import count_between, find_bounds, numbers_without_chat, range_of
from webapp.services.search.periods import following
from webapp.services.search.values import Bin, Histogram
from webapp.services.transcripts.numbers import A_MINUTE, number_from

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from webapp.services.search.query import Query
    from webapp.services.users import CurrentUser

Unit: TypeAlias = Literal["day", "week", "month", "year"]

#: The longest time for which a unit is chosen, in days.
_LONGEST: tuple[tuple[Unit, int], ...] = (("day", 45), ("week", 400), ("month", 365 * 20))
#: Bins of one histogram.
_MOST = 1_000
_EMPTY_UNIT: Unit = "month"


def count_over_time(
    connection: Connection,
    user: CurrentUser,
    query: Query,
    *,
    unit: Unit | Literal["auto"] = "auto",
    zone: str = "UTC",
) -> Histogram:
    """Count the messages that match in each day, week, month or year of a time zone.

    Bins go from the oldest to the newest message that matches. Weeks begin on Monday. The counts are read from the
    index and cost the same for every length of the texts. Raises Invalid if these are more than a thousand bins.
    """
    bounds = find_bounds(connection, user, query)
    if bounds is None:
        return Histogram(_EMPTY_UNIT if unit == "auto" else unit, ())
    days = ZoneInfo(zone)
    oldest, newest = (_moment(number).astimezone(days) for number in bounds)
    chosen = _choose(newest - oldest) if unit == "auto" else unit
    starts = _starts(oldest, newest, chosen)
    low, below = range_of(query)
    edges = [min(max(number_from(start), low), below) for start in starts]
    counts = count_between(connection, user, query, edges)
    for number in numbers_without_chat(connection, user, query):
        place = bisect_right(edges, number) - 1
        if 0 <= place < len(counts):
            counts[place] -= 1
    return Histogram(chosen, tuple(map(Bin, starts, counts)))


def _moment(number: int) -> datetime:
    return datetime.fromtimestamp(number // A_MINUTE * 60, UTC)


def _choose(span: timedelta) -> Unit:
    return next((unit for unit, days in _LONGEST if span <= timedelta(days=days)), "year")


def _starts(oldest: datetime, newest: datetime, unit: Unit) -> list[datetime]:
    """Return the starts of the bins, and the end of the last one."""
    start = oldest.replace(hour=0, minute=0, second=0, microsecond=0)
    if unit == "week":
        start -= timedelta(days=start.weekday())
    elif unit == "month":
        start = start.replace(day=1)
    elif unit == "year":
        start = start.replace(month=1, day=1)
    starts = [start]
    while starts[-1] <= newest:
        starts.append(following(starts[-1], unit))
        if len(starts) > _MOST:
            raise Invalid.field(
                "bin",
                "too_many_bins",
                f"These are more than {_MOST:,} bins. Choose a longer one, or a shorter time.",
            )
    return starts
