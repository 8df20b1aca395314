"""Tables: every cell of a row is shown, also those beyond the columns of the header."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from markdown_it.rules_block.table import escapedSplit, table
from markdown_it.token import Token

from webapp.rendering.table_bars import hidden_bars

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from markdown_it import MarkdownIt
    from markdown_it.rules_block import StateBlock

#: The line below the header.
_DELIMITERS = re.compile(r"[ \t]*[|:-][ \t|:-]*\Z")


def whole_tables(parser: MarkdownIt) -> None:
    """Replace the parser's rule."""
    parser.block.ruler.at("table", _table, {"alt": ["paragraph", "reference"]})


def _table(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """Read a table with the library's rule, which drops the surplus cells, and add them. A block rule."""
    if start + 2 > end or not _DELIMITERS.match(state.src, state.bMarks[start + 1], state.eMarks[start + 1]):
        return False
    with hidden_bars(state, start, start + 1):
        is_table = table(state, start, end, True)
    if silent or not is_table:
        return is_table
    first = len(state.tokens)
    with hidden_bars(state, start, _past_rows(state, start, end)) as substitute:
        table(state, start, end, False)
        state.tokens[first:] = _with_surplus(state.tokens[first:], state)
    for token in state.tokens[first:]:
        if substitute and token.type == "inline":
            token.content = token.content.replace(substitute, "|")
    return True


def _past_rows(state: StateBlock, start: int, end: int) -> int:
    """Return the first line after a line of the table that is surely none of its rows."""
    line = start + 2
    while line < end and not state.isEmpty(line) and state.sCount[line] >= state.blkIndent:
        line += 1
    return line


def _with_surplus(tokens: Sequence[Token], state: StateBlock) -> Iterator[Token]:
    """Yield the tokens of a table whose rows, and its header, are all as wide as the widest row."""
    columns = sum(token.type == "th_open" for token in tokens)
    surplus = {
        token.map[0]: _cells(state, token.map[0])[columns:] for token in tokens if token.type == "tr_open" and token.map
    }
    widest = max(map(len, surplus.values()), default=0)
    line = -1
    for token in tokens:
        if token.type == "tr_open" and token.map:
            line = token.map[0]
        if token.type == "tr_close":
            cells = surplus.get(line, [])
            for cell in [*cells, *[""] * (widest - len(cells))]:
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
