"""Counts the values in a JSON text before it is parsed, so that a hostile text cannot fill the memory."""

from __future__ import annotations

import re
from itertools import chain
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

#: A string, also an unterminated one. The quantifiers are possessive, so that the regex never backtracks.
_STRING = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"?', re.DOTALL)
_STARTS = (b"{", b"[", b",")


def has_more_values(raw: bytes, maximum: int) -> bool:
    """Return whether a JSON text has more than `maximum` values.

    Every value except the outermost is the first of its object or array, or follows a comma. So the function counts
    `{`, `[` and `,`: first in the whole text, which is fast, and only if that is too many, again without the strings.
    """
    if _count(raw, 0, len(raw)) <= maximum:
        return False
    values = 0
    for start, end in _between_strings(raw):
        values += _count(raw, start, end)
        if values > maximum:
            return True
    return False


def _between_strings(raw: bytes) -> Iterator[tuple[int, int]]:
    end = 0
    for start, next_end in chain((string.span() for string in _STRING.finditer(raw)), ((len(raw), len(raw)),)):
        yield end, start
        end = next_end


def _count(raw: bytes, start: int, end: int) -> int:
    return sum(raw.count(opening, start, end) for opening in _STARTS)
