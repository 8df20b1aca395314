r"""Formulas within a line: `$…$`, `$$…$$`, `\(…\)`, `\[…\]` and `\begin{…}…\end{…}`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from webapp.rendering.formula_ends import OPENING, find_end, opening_of

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.rules_inline import StateInline

#: What may follow the end of a formula: no digit, no TeX that begins another formula, and of letters only an ending as
#: in `$n$th`.
_NO_END = re.compile(r"[0-9_]|\^[{0-9\\+-]|\\[A-Za-z]|(?!(?:th|st|nd|rd|e?s|e|t?en?|t?er)(?![0-9A-Za-z_$]))[A-Za-z]")
_ENDING = re.compile(r"[A-Za-z]")
#: The name of a variable in code, such as `PATH` in `$PATH`.
_NAME = re.compile(r"[A-Za-z_][A-Za-z_]+\Z")
_WORD_BEFORE = re.compile(r"[0-9A-Za-z_]")
#: A raised or lowered part, and a command.
_SCRIPT = r"[_^](?:\{(?:[^{}$]|\{[^{}$]*\}){1,60}\}|\\[A-Za-z]+|[0-9A-Za-z+*'-](?![0-9A-Za-z_]))"
_COMMAND = r"\\(?:[A-Za-z]+|[,;:!])"
#: A formula that may begin after a letter or digit, as in `CO$_2$` and `3$\\times$4`.
_AFTER_WORD = re.compile(rf"(?:\s*{_SCRIPT}){{1,3}}\Z|~?{_COMMAND}")
#: A part that no price and no variable has. A formula with it may end before a letter or digit, as `$10^3$m` does.
_SURE = re.compile(rf"(?<![A-Za-z]{{2}}){_SCRIPT}|{_COMMAND}")
#: Two amounts of money, `$12, 100$` and `$5 or 10$`. A formula has a sign or a command between two numbers.
_AMOUNT = r"[+-]?\d(?:[\d.,'’\u00a0\u202f]*\d)?"
_AMOUNTS = re.compile(rf"{_AMOUNT}(?:(?:\s*[,;]\s+|\s*;\s*|\s+)(?:(?:a|[^\W\d_]{{2,20}})\s+){{0,6}}{_AMOUNT})+[%kKM]?")
#: Characters of a formula beside a letter or digit, at most.
_LONGEST_BESIDE = 80
#: A formula between dollar signs and backticks, as GitLab writes it.
_IN_TICKS = re.compile(r"\$`(?P<tex>[^`\n]{1,1000})`\$")
#: The name of a Windows share, such as `\\c$`.
_SHARE = re.compile(r"\\\w{1,20}\Z")


def line_formulas(parser: MarkdownIt) -> None:
    """Add the rules to the parser."""
    parser.inline.ruler.before("escape", "bracket_formula", _bracket_formula)
    parser.inline.ruler.before("escape", "dollar_formula", _dollar_formula)


def _bracket_formula(state: StateInline, silent: bool) -> bool:
    """Read a formula that begins with a backslash. The lookahead is bounded. An inline rule."""
    if not state.src.startswith("\\", state.pos):
        return False
    if state.src.startswith("\\(", state.pos):
        return _read(state, silent, state.pos + 2, "\\)", is_block=False)
    return _display_formula(state, silent)


def _display_formula(state: StateInline, silent: bool) -> bool:
    match = OPENING.match(state.src, state.pos, state.posMax)
    if not match:
        return False
    opening = opening_of(match)
    return _read(state, silent, opening.start, opening.end_mark, is_block=True, keeps_end=opening.keeps_end)


def _dollar_formula(state: StateInline, silent: bool) -> bool:
    """Read a formula between dollar signs that are no prices and no variables. An inline rule."""
    src, pos = state.src, state.pos
    if not src.startswith("$", pos):
        return False
    if src.startswith("$$", pos):
        return _display_formula(state, silent)
    if _IN_TICKS.match(src, pos, state.posMax):
        return _read(state, silent, pos + 2, "`$", is_block=False)
    end = find_end(src, "$", pos + 1, state.posMax)
    if end < 0 or not is_dollar_formula(src, pos, end):
        return False
    return _read(state, silent, pos + 1, "$", is_block=False)


def is_dollar_formula(src: str, start: int, end: int) -> bool:
    """Say whether two dollar signs of a text, which are at these offsets, are the marks of a formula."""
    content = src[start + 1 : end]
    if content != content.strip() or _AMOUNTS.fullmatch(content) or not _begins_formula(content, src, start):
        return False
    return not _is_no_formula(content, src, end + 1)


def _begins_formula(content: str, src: str, at: int) -> bool:
    """Say whether the first dollar sign is no part of the word before it, such as `US$5`."""
    if not at or not _WORD_BEFORE.match(src[at - 1]):
        return True
    is_short = len(content) <= _LONGEST_BESIDE
    return is_short and bool(_AFTER_WORD.match(content)) and not _SHARE.search(src[max(0, at - 21) : at])


def _is_no_formula(content: str, src: str, after: int) -> bool:
    """Say whether what follows the second dollar sign shows that the two are no pair."""
    if _NO_END.match(src, after):
        is_sure = len(content) <= _LONGEST_BESIDE and "\n" not in content and _SURE.search(content) is not None
        return not is_sure or src.startswith("_", after)
    is_one_word = _ENDING.match(src, after) is not None
    return is_one_word and (_NAME.match(content) is not None or not (content[-1:].isalnum() or content[-1:] in "})"))


def _read(
    state: StateInline, silent: bool, start: int, end_mark: str, *, is_block: bool, keeps_end: bool = False
) -> bool:
    end = find_end(state.src, end_mark, start, state.posMax)
    past = end + len(end_mark)
    content = state.src[start : past if keeps_end else end].strip()
    if end < 0 or not content:
        return False
    if not silent:
        state.push("math_inline_double" if is_block else "math_inline", "math", 0).content = content
    state.pos = past
    return True
