r"""The end of a line that is still being written: close open code and emphasis, hold back half a link or formula."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from markdown_it.rules_inline import StateInline
from markdown_it.rules_inline.balance_pairs import link_pairs

from webapp.rendering.targets import may_become_address

if TYPE_CHECKING:
    from collections.abc import MutableMapping

    from markdown_it import MarkdownIt

#: The marks that a scan from left to right stops at. Every lookahead is bounded, and so is the work.
_MARK = re.compile(
    r"""
      \\(?P<bracket>[(\[])              # a formula in brackets
    | \\begin\{(?P<environment>[a-zA-Z]+\*?)\}
    | \\(?:.|\Z)                        # an escaped character, or half of one
    | (?P<ticks>`+)
    | (?P<dollars>\$\$|(?<!\d)\$(?![\s\d]))  # a formula, not a price
    | !?\[(?P<label>[^\[\]]{0,300})(?P<target>\](?:\([^()\s]{0,2000}(?:\s+["'][^"']{0,300}["']?)?)?)?\Z  # half a link
    """,
    re.VERBOSE | re.DOTALL,
)
_CLOSING = {"(": "\\)", "[": "\\]"}
#: Characters after which an open formula is shown as text, because its closing mark may never come.
_LONGEST_FORMULA = {"$": 200, "\\)": 1_000}
_LONGEST_DISPLAY = 4_000


def completed(content: str, parser: MarkdownIt, env: MutableMapping[str, Any]) -> str:
    """Return the text of an unfinished paragraph with its open marks closed: `a **bo` becomes `a **bo**`."""
    text, closing = completed_spans(content)
    if not closing:
        text = text.rstrip("*_~ \t\n\\")
    return text + closing + _open_emphasis(text + closing, parser, env) if text else ""


def completed_spans(text: str) -> tuple[str, str]:
    """Return the text up to an incomplete link or formula, and the marks that close open code at its end."""
    position = 0
    while match := _MARK.search(text, position):
        at, position = match.start(), match.end()
        if ticks := match["ticks"]:
            end = re.compile(f"(?<!`){ticks}(?!`)").search(text, position)
            if end is None:
                code = text[position:].rstrip("`")
                return (text[:position] + code, ticks) if code.strip() else (text[:at], "")
            position = end.end()
        elif formula := _end_of_formula(match):
            longest = _LONGEST_FORMULA.get(formula, _LONGEST_DISPLAY)
            end_at = text.find(formula, position, position + longest)
            if end_at < 0 and len(text) - position <= longest:
                return text[:at], ""
            position = end_at + len(formula) if end_at >= 0 else position
        elif (label := match["label"]) is not None:
            # Closed brackets without an address after them are text so far.
            target = match["target"]
            is_text = target == "]" or bool(target and not may_become_address(target[2:]))
            text, position = (text, at + 1) if is_text else (text[:at] + label, at)
    return text, ""


def _end_of_formula(opening: re.Match[str]) -> str | None:
    """Return the mark that ends a formula, or None if the match opens none."""
    if environment := opening["environment"]:
        return f"\\end{{{environment}}}"
    return opening["dollars"] or _CLOSING.get(opening["bracket"] or "")


def _open_emphasis(text: str, parser: MarkdownIt, env: MutableMapping[str, Any]) -> str:
    """Return the marks that close the open emphasis, by the parser's own rules."""
    state = StateInline(text, parser, {"work": env["work"]}, [])
    parser.inline.tokenize(state)
    link_pairs(state)
    return "".join(
        chr(mark.marker) * (2 if mark.marker == ord("~") else 1)
        for mark in reversed(state.delimiters)
        if mark.open and mark.end < 0 and (not mark.close or mark.length > 1)
    )
