"""Histograms as bars of an SVG image, each a link to the messages of its time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from webapp.services.search.query import Query
    from webapp.services.search.values import Histogram

#: The size of the image, in its own units, and the least height of a bar that is not empty.
WIDTH, HEIGHT = 600, 60
_LEAST = 3


@dataclass(frozen=True)
class Bar:
    """A bar: its place and size, the time in words, the number of messages, and the query for them."""

    x: float
    y: float
    width: float
    height: float
    label: str
    count: int
    query: str


def bars_of(histogram: Histogram, query: Query) -> list[Bar]:
    """Return a bar for each bin. The highest fills the image."""
    if not histogram.bins:
        return []
    most = max(each.count for each in histogram.bins) or 1
    step = WIDTH / len(histogram.bins)
    bars = []
    for number, each in enumerate(histogram.bins):
        height = max(_LEAST, HEIGHT * each.count / most) if each.count else 0
        bars.append(
            Bar(
                x=round(number * step, 2),
                y=round(HEIGHT - height, 2),
                width=round(step * 0.86, 2),
                height=round(height, 2),
                label=_label(each.start, histogram.bin),
                count=each.count,
                # The words stand last, so that an incomplete one stays so.
                query=f"{_filter(each.start, histogram.bin)} {query.untimed}",
            )
        )
    return bars


def _label(start: datetime, unit: str) -> str:
    if unit == "year":
        return f"{start:%Y}"
    if unit == "month":
        return f"{start:%B %Y}"
    day = f"{start.day} {start:%B %Y}"
    return f"Week from {day}" if unit == "week" else day


def _filter(start: datetime, unit: str) -> str:
    if unit == "week":
        return f"after:{start:%Y-%m-%d} before:{start + timedelta(days=7):%Y-%m-%d}"
    return f"on:{start:{'%Y' if unit == 'year' else '%Y-%m' if unit == 'month' else '%Y-%m-%d'}}"
