"""Dates as Google writes them for people: "Jan 2, 2025, 3:04:05 PM EDT"."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
DATE = re.compile(
    r"\s*(?:(?P<month>[A-Z][a-z]{2})[a-z]{0,6}\.? (?P<day>\d{1,2})"
    r"|(?P<day2>\d{1,2}) (?P<month2>[A-Z][a-z]{2})[a-z]{0,6}"
    r"|(?P<day3>\d{1,2})\.(?P<month3>\d{1,2})\.),? ?(?P<year>\d{4}),?\s+"
    r"(?P<hour>\d{1,2}):(?P<minute>\d{2}):(?P<second>\d{2})(?:\s*(?P<half>[AaPp])\.?[Mm]\.?)?"
    r"(?:\s+(?P<zone>[A-Z]{2,5})?(?P<offset>[+-]\d{1,2}(?::?\d{2})?)?)?\s*"
)
#: Hours from UTC. Other names are taken as UTC.
_ZONES = {
    "EST": -5, "EDT": -4, "CST": -6, "CDT": -5, "MST": -7, "MDT": -6, "PST": -8, "PDT": -7, "AKST": -9, "AKDT": -8,
    "HST": -10, "AST": -4, "ADT": -3, "NST": -3.5, "NDT": -2.5, "BRT": -3, "BST": 1, "WET": 0, "WEST": 1, "CET": 1,
    "CEST": 2, "MEZ": 1, "MESZ": 2, "EET": 2, "EEST": 3, "MSK": 3, "IST": 5.5, "SGT": 8, "HKT": 8, "AWST": 8,
    "JST": 9, "KST": 9, "ACST": 9.5, "ACDT": 10.5, "AEST": 10, "AEDT": 11, "NZST": 12, "NZDT": 13,
}  # fmt: skip


def parse_date(text: str) -> datetime | None:
    """Return the moment in UTC, or None if the text is no date."""
    found = DATE.fullmatch(text)
    if found is None:
        return None
    try:
        local = datetime(
            int(found["year"]),
            _month(found),
            int(found["day"] or found["day2"] or found["day3"]),
            _hour(found),
            int(found["minute"]),
            int(found["second"]),
            tzinfo=_zone(found),
        )
        return local.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _month(found: re.Match[str]) -> int:
    if found["month3"]:
        return int(found["month3"])
    return _MONTHS.index((found["month"] or found["month2"]).lower()) + 1


def _hour(found: re.Match[str]) -> int:
    hour = int(found["hour"])
    if found["half"]:
        hour = hour % 12 + (12 if found["half"] in "Pp" else 0)
    return hour


def _zone(found: re.Match[str]) -> timezone:
    offset = found["offset"]
    if not offset:
        return timezone(timedelta(hours=_ZONES.get(found["zone"] or "", 0)))
    hours, minutes = offset[1:].split(":") if ":" in offset else (offset[1:3], offset[3:])
    total = timedelta(hours=int(hours), minutes=int(minutes or 0))
    return timezone(total if offset[0] == "+" else -total)
