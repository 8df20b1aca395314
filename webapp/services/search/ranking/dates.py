"""Days and months that a question names. They are a hint and no filter."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, NamedTuple

from webapp.services.search.index.words import plain_letters
from webapp.services.search.periods import following

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "january jan januar janvier enero",
            "february feb februar fevrier febrero",
            "march mar marz maerz mars marzo",
            "april apr avril abril",
            "may mai mayo",
            "june jun juni juin junio",
            "july jul juli juillet julio",
            "august aug aout agosto",
            "september sep sept septembre septiembre",
            "october oct oktober okt octobre octubre",
            "november nov novembre noviembre",
            "december dec dezember dez decembre diciembre",
        ),
        1,
    )
    for name in names.split()
}
#: Names that are words, too. They need a day, a year or a preposition beside them.
_AMBIGUOUS = frozenset({"may", "mar", "march", "mars", "jan", "sep", "dec", "mai"})
_NAME = "|".join(sorted(_MONTHS, key=len, reverse=True))
_DAY = r"(?P<day>[0-3]?\d)(?:st|nd|rd|th|\.)?"
_YEAR = r"(?:,?\s+(?:of\s+)?(?P<year>(?:19|20)\d\d))?"
_NUMBERS = re.compile(
    r"(?<!\d)(?P<year>(?:19|20)\d\d)(?P<mark>[-/.]?)(?P<month>0[1-9]|1[0-2])(?P=mark)(?P<day>0[1-9]|[12]\d|3[01])(?!\d)"
)
_MONTH_FIRST = re.compile(rf"\b(?P<name>{_NAME})\b\.?\s+{_DAY}\b{_YEAR}")
_DAY_FIRST = re.compile(rf"\b{_DAY}\s+(?:of\s+|de\s+)?(?P<name>{_NAME})\b{_YEAR}")
_MONTH_ALONE = re.compile(rf"(?P<before>\b(?:in|im|en|since|during|last|this|of|seit)\s+)?\b(?P<name>{_NAME})\b{_YEAR}")
_MONTH_NUMBER = re.compile(r"(?<!\d)(?P<year>(?:19|20)\d\d)-(?P<month>0[1-9]|1[0-2])(?![-\d])")


class NamedDate(NamedTuple):
    """A month, or a day of it. Without a year it is that of any year."""

    month: int
    day: int | None = None
    year: int | None = None

    def fits(self, when: date) -> bool:
        return (
            when.month == self.month
            and (self.day is None or when.day == self.day)
            and (self.year is None or when.year == self.year)
        )

    def latest(self, now: date, zone: ZoneInfo) -> tuple[datetime, datetime] | None:
        """Return the start and the end of it, in UTC; without a year, of the last one that has begun."""
        year = self.year
        if year is None:
            year = now.year - ((self.month, self.day or 1) > (now.month, now.day))
        try:
            start = datetime(year, self.month, self.day or 1, tzinfo=zone)
            end = following(start, "day" if self.day else "month")
        except (ValueError, OverflowError):
            return None
        return start.astimezone(UTC), end.astimezone(UTC)


def named_dates(question: str) -> tuple[list[NamedDate], str]:
    """Return the months and days that a question names, and the question without those in numbers.

    It knows the names in English, German, French and Spanish.
    """
    text = plain_letters(question)
    words = _MONTH_NUMBER.sub(" ", _NUMBERS.sub(" ", question))
    dates: list[NamedDate] = []
    for pattern in (_NUMBERS, _MONTH_FIRST, _DAY_FIRST, _MONTH_NUMBER, _MONTH_ALONE):
        rest = ""
        at = 0
        for found in pattern.finditer(text):
            if (named := _named(found)) is not None:
                dates.append(named)
                rest += text[at : found.start()] + " | "
                at = found.end()
        # What one pattern has read is nothing for the next.
        text = rest + text[at:]
    return list(dict.fromkeys(dates)), words


def _named(found: re.Match[str]) -> NamedDate | None:
    parts = found.groupdict()
    name = parts.get("name")
    if name in _AMBIGUOUS and not (parts.get("day") or parts.get("year") or parts.get("before")):
        return None
    month = _MONTHS[name] if name else int(parts["month"])
    day = int(parts["day"]) if parts.get("day") else None
    if day == 0 or (day or 0) > 31:
        return None
    return NamedDate(month, day, int(parts["year"]) if parts.get("year") else None)
