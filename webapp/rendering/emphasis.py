"""Emphasis beside punctuation where a script writes no blanks: `**注意：**正文`, `**Step 1:**Do`."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

from markdown_it.rules_inline import emphasis, strikethrough

if TYPE_CHECKING:
    from collections.abc import Callable

    from markdown_it import MarkdownIt
    from markdown_it.rules_inline import StateInline

#: Characters of Chinese, Japanese and Korean, with their punctuation and full-width forms.
_WIDE = re.compile(
    "[\u1100-\u11ff\u2e80-\u31ff\u3400-\u4dbf\u4e00-\u9fff\ua960-\ua97f\uac00-\ud7ff\uf900-\ufaff\ufe30-\ufe4f"
    "\uff00-\uffef\U00020000-\U0003ffff]"
)


def emphasis_between_words(parser: MarkdownIt) -> None:
    """Let the two rules of emphasis open and close marks that CommonMark leaves as text."""
    parser.inline.ruler.at("emphasis", _opening_more(emphasis.tokenize))
    parser.inline.ruler.at("strikethrough", _opening_more(strikethrough.tokenize))


def _opening_more(rule: Callable[[StateInline, bool], bool]) -> Callable[[StateInline, bool], bool]:
    def extended(state: StateInline, silent: bool) -> bool:
        start, count = state.pos, len(state.delimiters)
        if not rule(state, silent):
            return False
        before = state.src[start - 1] if start else " "
        after = state.src[state.pos] if state.pos < state.posMax else " "
        opens, closes = _may_open_and_close(before, after, state.src[start], state.pos - start)
        for mark in state.delimiters[count:]:
            mark.open, mark.close = mark.open or opens, mark.close or closes
        return True

    return extended


def _may_open_and_close(before: str, after: str, mark: str, length: int) -> tuple[bool, bool]:
    """Say whether a run of marks may open and may close beyond the rules of CommonMark."""
    is_wide = bool(_WIDE.match(before) or _WIDE.match(after))
    beside_mark = _is_punctuation(before) or _is_punctuation(after)
    opens = is_wide and beside_mark and not after.isspace()
    closes = is_wide and beside_mark and not before.isspace()
    if mark == "_":
        return opens and _is_punctuation(after), closes and _is_punctuation(before)
    ends_sentence = length > 1 and after.isalnum() and unicodedata.category(before) in {"Po", "Pe", "Pf"}
    return opens, closes or ends_sentence


def _is_punctuation(character: str) -> bool:
    return unicodedata.category(character)[0] in "PS"
