r"""The bars of a table's rows that divide nothing: those of a formula, `$|x|$`, and of code that end in their row."""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import TYPE_CHECKING

from webapp.rendering.formula_ends import find_end
from webapp.rendering.formula_lines import is_dollar_formula

if TYPE_CHECKING:
    from collections.abc import Iterator

    from markdown_it.rules_block import StateBlock

#: What may hold a bar: code, and a formula. An escaped character opens neither.
_OPENING = re.compile(r"(?P<ticks>`+)|(?P<bracket>\\[(\[])|\\.|(?P<dollars>\$\$?)")
_ENDS = {"\\(": "\\)", "\\[": "\\]", "$$": "$$", "$": "$"}
#: Bars between prices, and between signs of money: `|$5|$6|`, `| $$ | cheap | $$ |`.
_DIVIDING = re.compile(r"\d[\d.,]*[A-Za-z%]?\s*\||\s*\|+\s*\Z|\s+\|\s")
_UNESCAPED = re.compile(r"(?<!\\)\|")
#: Characters that no text needs. One that a text does not contain stands for its bars.
_SUBSTITUTES = [chr(number) for number in range(0xFDD0, 0xFDF0)]


@contextmanager
def hidden_bars(state: StateBlock, first: int, past: int) -> Iterator[str]:
    """Give the state a text without such bars on some lines. Yields the character that stands for a bar, or nothing."""
    source = state.src
    substitute = next((character for character in _SUBSTITUTES if character not in source), "")
    spans = [
        span
        for line in range(first, past)
        for span in _spans(source[state.bMarks[line] : state.eMarks[line]], state.bMarks[line])
    ]
    if not spans or not substitute:
        yield ""
        return
    state.src = _without_bars(source, spans, substitute)
    try:
        yield substitute
    finally:
        state.src = source


def _without_bars(source: str, spans: list[tuple[int, int]], substitute: str) -> str:
    parts, done = [], 0
    for start, end in spans:
        parts += [source[done:start], _UNESCAPED.sub(substitute, source[start:end])]
        done = end
    return "".join([*parts, source[done:]])


def _spans(row: str, offset: int) -> Iterator[tuple[int, int]]:
    """Yield where the formulas and code of a row begin and end, if it has bars."""
    position, endless = 0, set()
    while "|" in row and (match := _OPENING.search(row, position)):
        position = match.end()
        if match[0] in endless or not (mark := match["ticks"] or match["bracket"] or match["dollars"]):
            continue
        end = _end(row, mark, position)
        if end < 0 and match["ticks"]:
            endless.add(mark)
        if end >= 0:
            yield offset + match.start(), offset + end
            position = end


def _end(row: str, mark: str, start: int) -> int:
    """Return where code or a formula ends whose opening mark ends at `start`, or -1."""
    if mark not in _ENDS:
        found = re.compile(f"(?<!`){mark}(?!`)").search(row, start)
        return found.end() if found else -1
    end_mark = _ENDS[mark]
    at = find_end(row, end_mark, start, len(row))
    is_formula = at >= 0 and not (mark.startswith("$") and _DIVIDING.match(row[start:at]))
    if not is_formula or (mark == "$" and not is_dollar_formula(row, start - 1, at)):
        return -1
    return at + len(end_mark)
