r"""The end of a line that is still being written: open code and emphasis are closed, half a link or formula waits."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from markdown_it.rules_inline import StateInline
from markdown_it.rules_inline.balance_pairs import link_pairs

if TYPE_CHECKING:
    from collections.abc import MutableMapping

    from markdown_it import MarkdownIt

#: What is looked at on the way, from left to right. Every look ahead is bounded, so that the work is, too.
_MARK = re.compile(
    r"""
      \\(?P<bracket>[(\[])              # a formula in brackets
    | \\(?:.|\Z)                        # an escaped character, or half of one
    | (?P<ticks>`+)
    | (?P<dollars>\$\$|(?<!\d)\$(?![\s\d]))  # a formula, not a price
    | !?\[(?P<label>[^\[\]]{0,300})(?P<target>\](?:\([^()\s]{0,2000}(?:\s+["'][^"']{0,300}["']?)?)?)?\Z  # half a link
    """,
    re.VERBOSE | re.DOTALL,
)
_CLOSING = {"(": "\\)", "[": "\\]"}
#: Characters after which what began is taken for text: nobody waits longer for a mark that may never come.
_LONGEST_FORMULA = {"$": 200, "$$": 1_000, "\\)": 1_000, "\\]": 1_000}


def completed(content: str, parser: MarkdownIt, env: MutableMapping[str, Any]) -> str:
    """Return the text of an unfinished paragraph as it will most likely look: `a **bo` as `a **bo**`."""
    text, closing = completed_spans(content)
    if not closing:
        text = text.rstrip("*_~ \t\n\\")
    return text + closing + _open_emphasis(text + closing, parser, env) if text else ""


def completed_spans(text: str) -> tuple[str, str]:
    """Return the text up to what waits, and what closes the code that is open at its end."""
    position = 0
    while match := _MARK.search(text, position):
        at, position = match.start(), match.end()
        if ticks := match["ticks"]:
            end = re.compile(f"(?<!`){ticks}(?!`)").search(text, position)
            if end is None:
                code = text[position:].rstrip("`")
                return (text[:position] + code, ticks) if code.strip() else (text[:at], "")
            position = end.end()
        elif formula := match["dollars"] or _CLOSING.get(match["bracket"] or ""):
            end_at = text.find(formula, position, position + _LONGEST_FORMULA[formula])
            if end_at < 0 and len(text) - position <= _LONGEST_FORMULA[formula]:
                return text[:at], ""
            position = end_at + len(formula) if end_at >= 0 else position
        elif (label := match["label"]) is not None:
            # Brackets that are closed and not followed by an address are text so far.
            is_text = match["target"] == "]"
            text, position = (text, at + 1) if is_text else (text[:at] + label, at)
    return text, ""


def _open_emphasis(text: str, parser: MarkdownIt, env: MutableMapping[str, Any]) -> str:
    """Return what closes the emphasis that is open at the end, by the parser's own rules."""
    state = StateInline(text, parser, {"work": env["work"]}, [])
    parser.inline.tokenize(state)
    link_pairs(state)
    return "".join(
        chr(mark.marker) * (2 if mark.marker == ord("~") else 1)
        for mark in reversed(state.delimiters)
        if mark.open and mark.end < 0 and not mark.close
    )
