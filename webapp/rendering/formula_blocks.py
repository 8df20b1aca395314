r"""Display formulas. They are found before all other blocks: a line `=` in a formula underlines no heading."""

from __future__ import annotations

import re
from bisect import bisect_right
from typing import TYPE_CHECKING, NamedTuple

from webapp.rendering.formula_ends import OPENING, find_end, opening_of
from webapp.rendering.formula_places import may_hold, quotation_rule
from webapp.rendering.formulas import LONGEST_FORMULA

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.rules_block import StateBlock

#: What may follow the end of a formula on its line: a mark, and a label in parentheses.
_AFTER = re.compile(r"[.,;:]?[ \t]*(?:\((?P<label>[^()\n]{1,40})\))?[.,;:]?[ \t]*\Z")
#: What hides the opening of a formula in words: code, and an escaped character.
_HIDING = re.compile(rf"\\\\|(?P<ticks>`+)|(?P<opening>{OPENING.pattern})")
#: A line that would underline a heading.
_UNDERLINE = re.compile(r"=+[ \t]*\Z")
_INDENT_OF_CODE = 4
#: The label of a formula that words follow on its last line. Such a formula is part of a paragraph.
_NO_LABEL = "\n"


class _Found(NamedTuple):
    """A formula from one line up to before another one. `is_open` says that its end may still come."""

    tex: str
    label: str
    past: int
    is_open: bool = False


def block_formulas(parser: MarkdownIt) -> None:
    """Add the rules to the parser."""
    ends = ["paragraph", "reference", "blockquote", "list"]
    parser.block.ruler.before("table", "formula", _formula, {"alt": ends})
    parser.block.ruler.at("blockquote", quotation_rule(_past_formula), {"alt": ends})
    parser.block.ruler.before("lheading", "words_around_formula", _words_around_formula)


def _formula(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """Read a formula that begins a line and ends one. A block rule."""
    if state.sCount[start] - state.blkIndent >= _INDENT_OF_CODE or state.sCount[start] < state.blkIndent:
        return False
    first = state.bMarks[start] + state.tShift[start]
    match = OPENING.match(state.src, first, state.eMarks[start])
    found = match and _find(state, match, start, end)
    if not found or (not found.is_open and not (found.tex and found.label != _NO_LABEL)):
        return False
    if not silent:
        _push(state, found, start)
    return True


def _find(state: StateBlock, match: re.Match[str], start: int, end: int) -> _Found | None:
    """Return the formula of an opening, or None if it has no end within its list item or quotation."""
    opening, src = opening_of(match), state.src
    at = find_end(src, opening.end_mark, opening.start, len(src))
    if at < 0 and not (state.env.get("open") and len(src) - opening.start < LONGEST_FORMULA):
        return None
    after_last = len(state.bMarks) - 1
    last = (bisect_right(state.bMarks, at, start, after_last) if at >= 0 else after_last) - 1
    if last >= end or not may_hold(state, start, last, match.span(), at):
        return None
    if at < 0:
        return _Found("", "", last + 1, is_open=True)
    past = at + len(opening.end_mark)
    after = _AFTER.match(src, past, state.eMarks[last])
    return _Found(
        _tex(state, start, last, opening.start, past if opening.keeps_end else at),
        (after["label"] or "") if after else _NO_LABEL,
        last + 1,
    )


def _tex(state: StateBlock, first: int, last: int, start: int, end: int) -> str:
    """Return the text between two offsets without the marks of the blocks around."""
    if first == last:
        return state.src[start:end].strip()
    lines = [state.src[start : state.eMarks[first]]]
    lines += [
        state.src[state.bMarks[line] + state.tShift[line] : state.eMarks[line]] for line in range(first + 1, last)
    ]
    lines.append(state.src[state.bMarks[last] + state.tShift[last] : end])
    return "\n".join(lines).strip()


def _push(state: StateBlock, found: _Found, start: int) -> None:
    state.line = found.past
    if found.is_open:
        return
    token = state.push("math_block", "math", 0)
    token.block, token.content, token.info = True, found.tex, found.label
    token.map = [start, state.line]


def _words_around_formula(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """Read a paragraph with a formula that begins within a line and ends in a later one. A block rule."""
    past = _past_formulas(state, start, end)
    if silent or past is None:
        return False
    state.line = past
    content = state.getLines(start, past, state.blkIndent, False).strip()
    state.push("paragraph_open", "p", 1).map = [start, past]
    inline = state.push("inline", "", 0)
    inline.content, inline.map, inline.children = content, [start, past], []
    state.push("paragraph_close", "p", -1)
    return True


def _past_formulas(state: StateBlock, start: int, end: int) -> int | None:
    """Return the line after a paragraph with formulas that span lines, or None if no formula of it does."""
    line, past = start, None
    while line < end and (line == start or not _ends_words(state, line, end)):
        opening = _next_opening(state, line)
        if opening == len(state.src):
            break
        found = _past_formula(state, line, end) if opening < state.eMarks[line] else None
        past = found or past
        line = found or line + 1
    return past and _end_of_words(state, past, end)


def _end_of_words(state: StateBlock, line: int, end: int) -> int:
    """Return the line that ends the paragraph that goes on at a line."""
    while line < end and not _ends_words(state, line, end):
        line += 1
    return line


def _next_opening(state: StateBlock, line: int) -> int:
    """Return the offset of the first opening from a line on. It is remembered for the lines before it."""
    first, at = state.env.get("next_opening", (0, -1))
    begin = state.bMarks[line]
    if not first <= begin <= at:
        match = OPENING.search(state.src, begin)
        at = match.start() if match else len(state.src)
        state.env["next_opening"] = (begin, at)
    return int(at)


def _past_formula(state: StateBlock, line: int, end: int) -> int | None:
    """Return the line after the one on which a formula ends that begins on this line."""
    position, limit = state.bMarks[line] + state.tShift[line], state.eMarks[line]
    while match := _HIDING.search(state.src, position, limit):
        state.env["work"].spend()
        position = match.end()
        if match["ticks"]:
            ending = re.compile(f"(?<!`){match['ticks']}(?!`)").search(state.src, position, limit)
            position = ending.end() if ending else position
        elif match["opening"] and (opening := OPENING.match(state.src, match.start(), limit)):
            if opening[0] == "$$" and state.src[position:limit].strip():
                continue
            at = find_end(state.src, opening_of(opening).end_mark, position, limit)
            if at >= 0:
                position = at + len(opening_of(opening).end_mark)
            elif (found := _find(state, opening, line, end)) is not None:
                return found.past
    return None


def _ends_words(state: StateBlock, line: int, end: int) -> bool:
    """Say whether a paragraph ends before a line, as the library's own rule does."""
    if state.isEmpty(line) or _UNDERLINE.match(state.src, state.bMarks[line] + state.tShift[line], state.eMarks[line]):
        return True
    if state.sCount[line] - state.blkIndent >= _INDENT_OF_CODE or state.sCount[line] < 0:
        return False
    before, state.parentType = state.parentType, "paragraph"
    is_end = any(rule(state, line, end, True) for rule in state.md.block.ruler.getRules("paragraph"))
    state.parentType = before
    return is_end
