"""Periods of time as people write them: a year, a month, or a day of their time zone."""

from __future__ import annotations

import re
from datetime import MAXYEAR, UTC, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from webapp.errors import Invalid

_PERIOD = re.compile(r"(\d{4})(?:[-/.](\d{1,2})(?:[-/.](\d{1,2}))?)?")


def read_period(text: str, zone: ZoneInfo) -> tuple[datetime, datetime] | None:
    """Return the first instant of `2025`, `2025-03` or `2025-03-09`, and the first one after it, in UTC.

    None if the text is no such date.
    """
    found = _PERIOD.fullmatch(text)
    if found is None:
        return None
    year, month, day = (int(part) if part else None for part in found.groups())
    try:
        start = datetime(year or 0, month or 1, day or 1, tzinfo=zone)
        end = following(start, "day" if day else "month" if month else "year")
        return start.astimezone(UTC), end.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def following(start: datetime, unit: str) -> datetime:
    """Return the start of the next day, week, month or year. `start` is midnight in its zone.

    Raises OverflowError after the year 9999.
    """
    if unit in {"day", "week"}:
        # Whole days of the zone's calendar, of which some have 23 or 25 hours.
        return start + timedelta(days=1 if unit == "day" else 7)
    if unit == "year":
        return start.replace(year=_year(start.year + 1))
    month = start.month % 12 + 1
    return start.replace(year=_year(start.year + (month == 1)), month=month)


def _year(year: int) -> int:
    if year > MAXYEAR:
        raise OverflowError
    return year


def check_zone(name: str) -> str:
    """Return the name of a time zone. Raises ValueError if there is none of that name."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError("there is no such time zone: use a name such as Europe/Berlin") from None
    return name


def read_bound(text: str | None, zone: str, pointer: str, *, is_end: bool = False) -> datetime | None:
    """Return the instant of a time (RFC 3339) or of a date: its beginning, or its end if `is_end`.

    Raises Invalid for anything else.
    """
    if not text:
        return None
    if period := read_period(text, ZoneInfo(zone)):
        return period[is_end]
    try:
        moment = datetime.fromisoformat(text)
        return moment.replace(tzinfo=moment.tzinfo or ZoneInfo(zone)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise Invalid.field(pointer, "not_a_time", "Write a date such as 2025-03-09, or a time as RFC 3339.") from None
