r"""The delimiters of formulas: `$$`, `\[`, `\(` and `\begin{…}`, and the search for their ends."""

from __future__ import annotations

import re
from typing import NamedTuple

from webapp.rendering.formulas import LONGEST_FORMULA

#: An opening of a display formula. `\begin{…}` is part of its formula, the others are not.
OPENING = re.compile(r"(?P<begin>\\begin\{(?P<name>[a-zA-Z]{1,30}\*?)\})|\\\[|(?<!\$)\$\$(?!\$)")
#: Characters of an opening, at most.
_LONGEST_OPENING = 40


class Opening(NamedTuple):
    """Where a formula's TeX starts, and what ends it. `keeps_end` says that the end is part of the TeX."""

    start: int
    end_mark: str
    keeps_end: bool


def opening_of(match: re.Match[str]) -> Opening:
    """Return the opening that `OPENING` matched."""
    if match["begin"]:
        return Opening(match.start(), f"\\end{{{match['name']}}}", keeps_end=True)
    return Opening(match.end(), "\\]" if match[0] == "\\[" else "$$", keeps_end=False)


def find_end(text: str, mark: str, start: int, limit: int) -> int:
    """Return the offset of the mark that ends a formula, or -1. A mark after an odd number of backslashes is none."""
    limit = min(limit, start + LONGEST_FORMULA)
    at = text.find(mark, start, limit)
    while at >= 0 and (_is_escaped(text, at, start) or (mark == "$$" and _is_price(text, at))):
        at = text.find(mark, at + 1, limit)
    return at


def _is_escaped(text: str, at: int, start: int) -> bool:
    before = text[start:at]
    return (len(before) - len(before.rstrip("\\"))) % 2 == 1


def _is_price(text: str, at: int) -> bool:
    """Say whether two dollar signs stand beside a third, as in a list of restaurants."""
    return text.startswith("$", at + 2) or text.startswith("$", at - 1)


def opens_formula(text: str, start: int, end: int) -> bool:
    """Say whether a part of a growing text has a formula whose end may still come after the part."""
    first = max(start, len(text) - LONGEST_FORMULA - _LONGEST_OPENING)
    position = first
    while match := OPENING.search(text, position, end):
        opening = opening_of(match)
        at = find_end(text, opening.end_mark, match.end(), end)
        if at < 0:
            return True
        position = at + len(opening.end_mark)
    return False
