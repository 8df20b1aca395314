r"""Marks within a line that are still open: `**bo`, a backtick, half a link, half a formula."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from markdown_it.helpers import parseLinkDestination, parseLinkTitle
from markdown_it.rules_inline import StateInline
from markdown_it.rules_inline.balance_pairs import link_pairs

from webapp.rendering.formulas import LONGEST_FORMULA

if TYPE_CHECKING:
    from collections.abc import Callable, MutableMapping

    from markdown_it import MarkdownIt
    from markdown_it.rules_inline.state_inline import Delimiter

#: Characters beyond which what was opened is taken for text: nobody waits longer for a mark that may never come.
_LONGEST_LABEL = 300
_LONGEST_FORMULA = {"$": 200, "$$": 1_000, "\\(": 1_000, "\\[": 1_000}

_MARK = re.compile(
    r"""
      \\[(\[]                             # a formula in brackets
    | \\(?:.|\Z)                          # an escaped character, or half of one
    | `+
    | (?<![A-Za-z0-9])!?\[[\^\d,\s]*\]?\Z  # perhaps a number of a source
    | !?\[ | \]
    | \$\$?
    | <(?=(?:https?|mailto):[^\s<>]*\Z)   # an address in angle brackets
    | (?:<(?:h|ht|htt|https?|m|ma|mai|mail|mailt|mailto)?|&\#?\w{0,31}|(?<![^\s\[])!)\Z
    """,
    re.VERBOSE | re.DOTALL,
)
#: What stands for `[` and for `![` until it is a link or an image.
_INSTEAD = ["", "", "Image: "]
_UNFINISHED_ADDRESS = re.compile(r"(?:<[^<>\n]*|(?![<)])\S*)\Z")
_SPACE = re.compile(r"\s*")


def completed(content: str, parser: MarkdownIt, env: MutableMapping[str, Any]) -> str:
    """Return the text of an unfinished paragraph with every mark closed that is open, or without it.

    `a **bo` is `a **bo**`, `see [the do` is `see the do`; marks at the very end wait for what follows them.
    """
    scan = _Scan(content)
    scan.run()
    text = scan.result()
    return text + _open_emphasis(text, parser, env) if text else ""


def _open_emphasis(text: str, parser: MarkdownIt, env: MutableMapping[str, Any]) -> str:
    """Return what closes the emphasis that is open at the end. A single mark within a word is a character."""
    state = StateInline(text, parser, {"work": env["work"]}, [])
    parser.inline.tokenize(state)
    link_pairs(state)
    return "".join(
        chr(mark.marker) * (2 if mark.marker == ord("~") else 1)
        for mark in reversed(state.delimiters)
        if mark.open and mark.end < 0 and not _is_within_word(state, mark)
    )


def _is_within_word(state: StateInline, mark: Delimiter) -> bool:
    """Say whether it is the star of `a*b`. Scripts without spaces have emphasis within what looks like a word."""
    before = state.tokens[mark.token - 1].content[-1:] if mark.token else ""
    return mark.close and mark.length == 1 and before.isascii() and before.isalnum()


class _Scan:
    """One walk over a paragraph's text, from mark to mark. Each mark's method says where to go on."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.closing = ""
        self._brackets: list[tuple[int, int]] = []
        self._firm = 0
        self._steps: dict[str, Callable[[int, str], int]] = {
            "`": self._code,
            "[": self._label,
            "!": self._label,
            "]": self._label_end,
            "$": self._dollars,
            "\\": self._escape,
            "<": self._address,
        }

    def run(self) -> None:
        """Walk to the end."""
        position = 0
        while match := _MARK.search(self.text, position):
            at, mark = match.start(), match[0]
            position = self._steps.get(mark[0], self._cut)(at, mark)

    def result(self) -> str:
        """Return the text with what was closed, cut and dropped on the way."""
        text = self.text
        if not self.closing:
            text = text[: self._firm] + text[self._firm :].rstrip("*_~ \t\n")
        for at, length in reversed(self._brackets):
            if len(text) - at <= _LONGEST_LABEL:
                text = text[:at] + _INSTEAD[length] + text[at + length :]
        return text.rstrip() + self.closing

    def _cut(self, at: int, _mark: str = "") -> int:
        self.text = self.text[:at]
        return at

    def _past(self, position: int) -> int:
        self._firm = position
        return position

    def _code(self, at: int, mark: str) -> int:
        start = at + len(mark)
        if end := re.compile(f"(?<!`)`{{{len(mark)}}}(?!`)").search(self.text, start):
            return self._past(end.end())
        words = self.text[start:].rstrip("`")
        if not words.strip():
            return self._cut(at)
        self.text, self.closing = self.text[:start] + words, mark
        return len(self.text)

    def _label(self, at: int, mark: str) -> int:
        """Remember where a label begins; the bracket of an index like `a[0` is a character as long as it can be."""
        before = self.text[max(0, at - 1) : at]
        is_index = mark == "[" and before.isascii() and before.isalnum()
        if not mark.endswith("[") or at + len(mark) == len(self.text):
            return self._cut(at)
        self._brackets.append((at, 0 if is_index else len(mark)))
        return at + len(mark)

    def _label_end(self, at: int, _mark: str) -> int:
        """Leave out an address that has not ended; brackets without an address are characters."""
        if not self._brackets:
            return at + 1
        opening, length = self._brackets.pop()
        after = self.text[at + 1 : at + 2]
        end = _target_end(self.text, at + 2) if after == "(" else at + 1
        is_reference = after == "[" and self.text.find("]", at + 2) + 1 in {0, len(self.text)}
        if end is None or (length and (not after or is_reference)):
            self._brackets.append((opening, length or 1))
            return self._cut(at)
        return self._past(end)

    def _dollars(self, at: int, mark: str) -> int:
        """Go on after a formula, wait for the rest of one that is open, and tell both from prices."""
        start = at + len(mark)
        first = self.text[start : start + 1] if mark == "$" else ""
        if first.isspace() or self.text[max(0, at - 1) : at].isdigit():
            return start
        end = self._dollars_end(mark, start)
        if end > 0 and not (first.isdigit() and end == len(self.text)):
            spaced = mark == "$" and self.text[end - 2].isspace()
            return start if spaced or self.text[end : end + 1].isdigit() else self._past(end)
        rest = self.text[start:]
        is_text = mark == "$" and ("\n" in rest or (first.isdigit() and " " in rest))
        return start if is_text or len(rest) > _LONGEST_FORMULA[mark] else self._cut(at)

    def _dollars_end(self, mark: str, start: int) -> int:
        end = self.text.find(mark, start)
        while end > 0 and self.text[end - 1] == "\\":
            end = self.text.find(mark, end + 1)
        return end + len(mark) if end >= 0 else 0

    def _escape(self, at: int, mark: str) -> int:
        if len(mark) < 2:
            return self._cut(at)
        if mark not in _LONGEST_FORMULA:
            return self._past(at + 2)
        end = self.text.find("\\)" if mark == "\\(" else "\\]", at + 2, at + LONGEST_FORMULA)
        if end >= 0:
            return self._past(end + 2)
        return at + 2 if len(self.text) - at > _LONGEST_FORMULA[mark] else self._cut(at)

    def _address(self, at: int, mark: str) -> int:
        if len(mark) > 1 or at + 1 == len(self.text):
            return self._cut(at)
        self.text = self.text[:at] + self.text[at + 1 :]
        return len(self.text)


def _target_end(text: str, at: int) -> int | None:
    """Return where a link's `(address "title")` ends, or None while that is still to come."""
    at = _after_space(text, at)
    address = parseLinkDestination(text, at, len(text))
    if not address.ok:
        return None if _UNFINISHED_ADDRESS.match(text, at) else at
    at = _after_space(text, address.pos)
    title = parseLinkTitle(text, at, len(text))
    if at == len(text) or title.can_continue:
        return None
    if title.ok:
        at = _after_space(text, title.pos)
    return None if at == len(text) else at + 1


def _after_space(text: str, at: int) -> int:
    match = _SPACE.match(text, at)
    return match.end() if match else at
