"""Tables: every cell of a row is shown, also those beyond the columns of the header."""

from __future__ import annotations

from typing import TYPE_CHECKING

from markdown_it.rules_block.table import escapedSplit, table
from markdown_it.token import Token

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from markdown_it import MarkdownIt
    from markdown_it.rules_block import StateBlock


def whole_tables(parser: MarkdownIt) -> None:
    """Replace the parser's rule."""
    parser.block.ruler.at("table", _table, {"alt": ["paragraph", "reference"]})


def _table(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """Read a table with the library's rule, which drops the surplus cells, and add them. A block rule."""
    first = len(state.tokens)
    if not table(state, start, end, silent):
        return False
    if not silent:
        state.tokens[first:] = _with_surplus(state.tokens[first:], state)
    return True


def _with_surplus(tokens: Sequence[Token], state: StateBlock) -> Iterator[Token]:
    columns = sum(token.type == "th_open" for token in tokens)
    line = -1
    for token in tokens:
        if token.type == "tr_open" and token.map:
            line = token.map[0]
        if token.type == "tr_close":
            for cell in _cells(state, line)[columns:]:
                yield from _cell(cell, line, token.level + 1)
        yield token


def _cells(state: StateBlock, line: int) -> list[str]:
    text = state.src[state.bMarks[line] + state.tShift[line] : state.eMarks[line]].strip()
    cells = escapedSplit(text)
    return cells[not cells[0] : len(cells) - (len(cells) > 1 and not cells[-1])]


def _cell(content: str, line: int, level: int) -> Iterator[Token]:
    yield Token("td_open", "td", 1, level=level, block=True)
    yield Token(
        "inline", "", 0, level=level + 1, block=True, map=[line, line + 1], content=content.strip(), children=[]
    )
    yield Token("td_close", "td", -1, level=level, block=True)
