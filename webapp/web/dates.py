"""Dates and times for people, in the reader's time zone."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, tzinfo
from functools import lru_cache
from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple
from zoneinfo import ZoneInfo

from flask import g, request

from webapp.config.settings import Settings
from webapp.state import current

if TYPE_CHECKING:
    from collections.abc import Iterable

    from flask import Flask

    from webapp.services.values import SessionRow

_COOKIE = "tz"
#: Groups that are no days, by their value of `under`.
_HEADINGS = {"pinned": "Pinned", "archivist": "Archivist"}


def init_app(app: Flask) -> None:
    for function in (clock, day_label, iso_day, long_date, machine_time, since, since_at):
        app.add_template_filter(function)


class ListPosition(NamedTuple):
    """The position of a page in the sidebar's list of chat sessions.

    `under` is the day of the row before the page: an ISO date, `pinned`, `archivist`, or empty on the first page.
    `as_of` is the ISO date on which the first page was rendered. All pages use it, so that their headings agree after
    midnight.
    """

    under: str = ""
    as_of: str = ""

    @property
    def today(self) -> date:
        """The day of the heading "Today"."""
        return parse_day(self.as_of) or _today()

    @property
    def heading(self) -> str | None:
        """The heading of the row before the page, or None on the first page."""
        day = parse_day(self.under)
        return _HEADINGS.get(self.under) or (_group(day, self.today) if day else None)

    def after(self, last: SessionRow | None) -> ListPosition:
        """Return the position of the page that follows this row."""
        under = "" if last is None else _special(last) or iso_day(last.last_activity_at)
        return ListPosition(under, self.today.isoformat())


def group_by_day(sessions: Iterable[SessionRow], place: ListPosition) -> list[tuple[str, list[SessionRow], bool]]:
    """Group sessions under Pinned, Today, Yesterday, Previous 7 days, then months, and Archivist.

    Return (heading, sessions, is_continued) for each group. A continued group began on the page before, which has its
    heading already.
    """
    today, zone = place.today, _zone()

    def heading(session: SessionRow) -> str:
        return _HEADINGS.get(_special(session)) or _group(_in_zone(session.last_activity_at, zone).date(), today)

    groups = groupby(sessions, key=heading)
    return [(label, list(rows), label == place.heading) for label, rows in groups]


def _special(session: SessionRow) -> str:
    """Return the session's group that is no day, or an empty text."""
    return "pinned" if session.pinned else "" if session.in_days else "archivist"


def local_day(moment: datetime) -> date:
    """Return the date in the reader's time zone."""
    return _local(moment).date()


def iso_day(moment: datetime) -> str:
    """Return the reader's date for a URL: 2026-03-12."""
    return local_day(moment).isoformat()


def parse_day(text: str) -> date | None:
    """Parse an ISO date. Return None if the text is not one."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def clock(moment: datetime) -> str:
    """Return the time of day: 09:41."""
    return f"{_local(moment):%H:%M}"


def day_label(moment: datetime) -> str:
    """Return the day: Today, Yesterday, 12 March, 12 March 2024."""
    day, today = local_day(moment), _today()
    if day == today:
        return "Today"
    return "Yesterday" if day == today - timedelta(days=1) else _date(day, today)


def since(moment: datetime) -> str:
    """Return the day inside a sentence: today, yesterday, 12 March."""
    label = day_label(moment)
    return label.lower() if label in {"Today", "Yesterday"} else label


def since_at(moment: datetime) -> str:
    """Return day and time inside a sentence: today 09:41, 12 March 09:41."""
    return f"{since(moment)} {clock(moment)}"


def long_date(moment: datetime) -> str:
    """Return day and time in full: 12 March 2026, 09:41."""
    local = _local(moment)
    return f"{local.day} {local:%B %Y, %H:%M}"


def machine_time(moment: datetime) -> str:
    """Return the time for `<time datetime>`: RFC 3339 in UTC, to the second."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def zone_name() -> str:
    """Return the name of the reader's time zone, for cache keys of HTML with times."""
    return str(_zone())


def _group(day: date, today: date) -> str:
    age = (today - day).days
    if age <= 1:
        return "Today" if age <= 0 else "Yesterday"
    if age <= 7:
        return "Previous 7 days"
    return _month(day.month, None if day.year == today.year else day.year)


@lru_cache(maxsize=256)
def _month(month: int, year: int | None) -> str:
    name = f"{date(2000, month, 1):%B}"
    return name if year is None else f"{name} {year}"


def _date(day: date, today: date) -> str:
    return f"{day.day} {day:%B}" if day.year == today.year else f"{day.day} {day:%B %Y}"


def _local(moment: datetime) -> datetime:
    return _in_zone(moment, _zone())


def _in_zone(moment: datetime, zone: tzinfo) -> datetime:
    try:
        return moment.astimezone(zone)
    except OverflowError:
        # datetime has the years 1 to 9999; a local time can fall outside them.
        return moment


def _today() -> date:
    if "today" not in g:
        g.today = datetime.now(_zone()).date()
    return g.today  # type: ignore[no-any-return]


def _zone() -> tzinfo:
    """Return the time zone in the browser's cookie, else the one in the settings."""
    zone: tzinfo | None = g.get("zone")
    if zone is None:
        cookie_zone = _load_zone(request.cookies.get(_COOKIE, ""))
        zone = g.zone = cookie_zone or ZoneInfo(current(Settings).timezone)
    return zone


@lru_cache(maxsize=64)
def _load_zone(name: str) -> ZoneInfo | None:
    try:
        return ZoneInfo(name) if name else None
    except (KeyError, ValueError, OSError):
        return None
