"""Times in exports: seconds, milliseconds or microseconds since 1970, ISO 8601 text, or MongoDB's `$date`."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

#: Numbers above these count milliseconds, microseconds, nanoseconds: seconds of the years 5138, 5138 and later.
_MILLI, _MICRO, _NANO = 1e11, 1e14, 1e17
#: No time; a whole number above it may be too long for a division.
_LATEST = 1e30
_NUMBER = re.compile(r"-?\d+(\.\d+)?")


def parse_time(value: Any) -> datetime | None:
    """Return an aware UTC time, or None for null, zero, and whatever is no time. A time without a zone is in UTC."""
    if isinstance(value, dict):
        return parse_time(value.get("$date", value.get("$numberLong")))
    if isinstance(value, str):
        text = value.strip()
        return parse_time(float(text)) if _NUMBER.fullmatch(text) else _parse_iso(text)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return _from_number(value)


def _from_number(value: float) -> datetime | None:
    if not 0 < value < _LATEST:
        return None
    try:
        for limit, scale in ((_NANO, 1e9), (_MICRO, 1e6), (_MILLI, 1e3)):
            if value > limit:
                value /= scale
                break
        return datetime.fromtimestamp(value, UTC)
    except (OverflowError, ValueError, OSError):
        return None


def _parse_iso(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
