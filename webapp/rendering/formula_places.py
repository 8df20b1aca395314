r"""Display formulas in lists and quotations whose lines have no indent or no mark `>`.

An answer often writes `\[`, `a`, `+ b` and `\]` at the margin below an item. Without these rules `+ b` is a new list.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from markdown_it.rules_block.blockquote import blockquote

if TYPE_CHECKING:
    from collections.abc import Callable

    from markdown_it.rules_block import StateBlock

    Rule = Callable[[StateBlock, int, int, bool], bool]

#: The mark of an item: a bullet, or what follows the number.
_ITEM = re.compile(r"(?:([-+*])|\d{1,9}([.)]))(?:[ \t]|$)", re.MULTILINE)
#: Tokens before a formula that are searched for the items around it.
_TOKENS_BEFORE = 60
_INDENT_OF_CODE = 4


def may_hold(state: StateBlock, start: int, last: int, opening: tuple[int, int], at: int) -> bool:
    """Say whether a formula from a line to another one is within the item or quotation of its first line.

    `opening` are the offsets of its opening, and `at` is the one of its end. `at` is -1 for an end that may still come.
    """
    outside = _lines_outside(state, start, last)
    if not outside or _stands_alone(state, start, last, opening[1], at):
        return True
    if at < 0 or any(state.isEmpty(line) for line in range(start, last)):
        return False
    around = {token.markup for token in state.tokens[-_TOKENS_BEFORE:] if token.type == "list_item_open"}
    return not any(_mark_of_item(state, line) in around for line in outside)


def _lines_outside(state: StateBlock, start: int, last: int) -> list[int]:
    """Return the lines after the first that are before the indent of the item, or have no mark of the quotation."""
    state.env["work"].spend((last - start) // 8)
    indent, lines = max(state.blkIndent, 0), range(start + 1, last + 1)
    return [line for line in lines if state.sCount[line] < indent and not state.isEmpty(line)]


def _stands_alone(state: StateBlock, start: int, last: int, opening_end: int, at: int) -> bool:
    """Say whether the opening ends its line and the end begins its own."""
    begins_line = at < 0 or at == state.bMarks[last] + state.tShift[last]
    return begins_line and not state.src[opening_end : state.eMarks[start]].strip()


def _mark_of_item(state: StateBlock, line: int) -> str | None:
    found = _ITEM.match(state.src, state.bMarks[line] + state.tShift[line], state.eMarks[line])
    return (found[1] or found[2]) if found else None


def quotation_rule(past_formula: Callable[[StateBlock, int, int], int | None]) -> Rule:
    """Return a rule for quotations whose formulas may go on in lines without their mark. A block rule.

    `past_formula` returns the line after the formula that begins on a line and ends on a later one, or None. The
    library ends a quotation before such a line if it looks like a block. What is indented like code never does.
    """

    def rule(state: StateBlock, start: int, end: int, silent: bool) -> bool:
        if silent or not _is_quoted(state, start):
            return blockquote(state, start, end, silent)
        before = {line: state.sCount[line] for line in _unmarked_lines(state, start, end, past_formula)}
        for line in before:
            state.sCount[line] = state.blkIndent + _INDENT_OF_CODE
        is_quotation = blockquote(state, start, end, silent)
        for line, indent in before.items():
            state.sCount[line] = indent
        return is_quotation

    return rule


def _unmarked_lines(
    state: StateBlock, start: int, end: int, past_formula: Callable[[StateBlock, int, int], int | None]
) -> list[int]:
    """Return the lines of the formulas of a quotation that have no mark."""
    line, unmarked = start, []
    while line < end and _is_quoted(state, line):
        past = past_formula(state, line, end) or line + 1
        inside = range(line + 1, past)
        if not any(state.isEmpty(number) for number in inside):
            unmarked += [number for number in inside if not _is_quoted(state, number)]
        line = past
    return unmarked


def _is_quoted(state: StateBlock, line: int) -> bool:
    return state.src.startswith(">", state.bMarks[line] + state.tShift[line])
