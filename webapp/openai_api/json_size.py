"""How many values a JSON text holds: counted before any of them is made, so that too many cost no memory."""

from __future__ import annotations

import re
from itertools import chain
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

#: A string, also one that does not end. Possessive, so that no text is looked at twice.
_STRING = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"?', re.DOTALL)
_STARTS = (b"{", b"[", b",")


def has_more_values(raw: bytes, most: int) -> bool:
    """Return whether a JSON text holds more than `most` values.

    Every value but the first of all follows a comma, or opens or begins an object or array. Where the whole text has
    no more of these characters, that is known at once; else strings are passed over, until it is decided.
    """
    if _count(raw, 0, len(raw)) <= most:
        return False
    values = 0
    for start, end in _between_strings(raw):
        values += _count(raw, start, end)
        if values > most:
            return True
    return False


def _between_strings(raw: bytes) -> Iterator[tuple[int, int]]:
    end = 0
    for start, next_end in chain((string.span() for string in _STRING.finditer(raw)), ((len(raw), len(raw)),)):
        yield end, start
        end = next_end


def _count(raw: bytes, start: int, end: int) -> int:
    return sum(raw.count(opening, start, end) for opening in _STARTS)
