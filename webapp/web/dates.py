"""Dates and times as people read them, in the reader's own time zone."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, tzinfo
from functools import lru_cache
from itertools import groupby
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from flask import current_app, g, request

if TYPE_CHECKING:
    from collections.abc import Iterable

    from flask import Flask

    from webapp.services.values import SessionRow

_COOKIE = "tz"


def init_app(app: Flask) -> None:
    """Give the templates the filters below."""
    for function in (clock, day_label, long_date, machine_time, since):
        app.add_template_filter(function)


def grouped(sessions: Iterable[SessionRow], under: str | None = None) -> list[tuple[str, list[SessionRow], bool]]:
    """Put sessions under Pinned, Today, Yesterday, Previous 7 days, then months.

    Each group is (heading, sessions, whether the heading stands already): a page that goes on inside the group
    `under` does not repeat its heading.
    """
    today = _today()
    groups = groupby(sessions, key=lambda s: "Pinned" if s.pinned else _group(_local(s.last_activity_at).date(), today))
    return [(heading, list(rows), heading == under) for heading, rows in groups]


def clock(moment: datetime) -> str:
    """Write the time of day: 09:41."""
    return f"{_local(moment):%H:%M}"


def day_label(moment: datetime) -> str:
    """Write the day: Today, Yesterday, 12 March, 12 March 2024."""
    day, today = _local(moment).date(), _today()
    if day == today:
        return "Today"
    return "Yesterday" if day == today - timedelta(days=1) else _date(day, today)


def since(moment: datetime) -> str:
    """Write the day for "since …": today, yesterday, 12 March."""
    label = day_label(moment)
    return label.lower() if label in {"Today", "Yesterday"} else label


def long_date(moment: datetime) -> str:
    """Write day and time in full: 12 March 2026, 09:41."""
    local = _local(moment)
    return f"{local.day} {local:%B %Y, %H:%M}"


def machine_time(moment: datetime) -> str:
    """Write an instant for `<time datetime>`: RFC 3339 in UTC, to the second."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def zone_name() -> str:
    """Name the reader's zone: what times look like depends on it."""
    return str(_zone())


def _group(day: date, today: date) -> str:
    age = (today - day).days
    if age <= 1:
        return "Today" if age <= 0 else "Yesterday"
    if age <= 7:
        return "Previous 7 days"
    return f"{day:%B}" if day.year == today.year else f"{day:%B %Y}"


def _date(day: date, today: date) -> str:
    return f"{day.day} {day:%B}" if day.year == today.year else f"{day.day} {day:%B %Y}"


def _local(moment: datetime) -> datetime:
    try:
        return moment.astimezone(_zone())
    except OverflowError:
        # The first and last hours of the calendar have no local time everywhere.
        return moment


def _today() -> date:
    if "today" not in g:
        g.today = datetime.now(_zone()).date()
    return g.today  # type: ignore[no-any-return]


def _zone() -> tzinfo:
    """Return the zone the browser told in its cookie, else the operator's."""
    zone: tzinfo | None = g.get("zone")
    if zone is None:
        told = _known(request.cookies.get(_COOKIE, ""))
        zone = g.zone = told or ZoneInfo(current_app.extensions["settings"].timezone)
    return zone


@lru_cache(maxsize=64)
def _known(name: str) -> ZoneInfo | None:
    try:
        return ZoneInfo(name) if name else None
    except (KeyError, ValueError, OSError):
        return None
