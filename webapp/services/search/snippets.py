"""Snippets: the part of a message in which the words stand that were searched for."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

from webapp.rendering import plain_text
from webapp.services.titles import fold

if TYPE_CHECKING:
    from collections.abc import Sequence

#: Characters shown before and after the first match, and how far a cut may move to spare a word.
_BEFORE, _AFTER, _SPARE = 60, 140, 16
#: What is looked at around it: more than is shown, for Markdown's marks go.
_NEIGHBOURHOOD = 400


class _Folding(dict[int, str]):
    """Folds case and accents character by character, so that places in the text stay places in the text."""

    def __missing__(self, code: int) -> str:
        character = chr(code)
        folded = fold(character)
        self[code] = folded if len(folded) == 1 else character
        return self[code]


_folding = _Folding()


def snippet(content: str, role: str, words: Sequence[str]) -> list[str]:
    """Cut the part of a message around its first matching word, at words, without Markdown's marks.

    The parts alternate plain and matching text, beginning with plain.
    """
    pattern = re.compile("|".join(rf"(?<![^\W_]){re.escape(fold(word))}[^\W_]*" for word in words))
    text, cut_before, cut_after = _around(unicodedata.normalize("NFC", content), pattern)
    if role == "assistant":
        text = plain_text(text)
    folded = _folded(text)
    first = pattern.search(folded)
    start = _word_start(text, first.start() - _BEFORE if first else 0)
    end = _word_end(text, (first.end() if first else 0) + _AFTER)
    parts, at = ["…" if start or cut_before else ""], start
    for match in pattern.finditer(folded, start, end):
        parts[-1] += text[at : match.start()]
        parts += [text[match.start() : match.end()], ""]
        at = match.end()
    parts[-1] += text[at:end].rstrip() + ("…" if end < len(text.rstrip()) or cut_after else "")
    return parts


def _around(content: str, pattern: re.Pattern[str]) -> tuple[str, bool, bool]:
    """Return the neighbourhood of the first match, so that a long message costs no more than a short one."""
    first = pattern.search(_folded(content))
    place = first.start() if first else 0
    low, high = max(0, place - _NEIGHBOURHOOD), place + 2 * _NEIGHBOURHOOD
    return content[low:high], low > 0, high < len(content)


def _folded(text: str) -> str:
    return text.lower() if text.isascii() else text.translate(_folding)


def _word_start(text: str, place: int) -> int:
    """Return the beginning of a word at or soon after the place, the place itself in a text without spaces."""
    if place <= 0:
        return 0
    space = re.compile(r"\s+").search(text, place, place + _SPARE)
    return space.end() if space else place


def _word_end(text: str, place: int) -> int:
    """Return the end of a word at or soon before the place."""
    if place >= len(text):
        return len(text)
    cut = max((text.rfind(mark, place - _SPARE, place + 1) for mark in " \n\t"), default=-1)
    return cut if cut > 0 else place
