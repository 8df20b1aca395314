"""Snippets: the part of a message around the words of a search."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

from webapp.rendering import plain_text
from webapp.services.titles import fold

if TYPE_CHECKING:
    from collections.abc import Sequence

#: Characters before and after the first match, and the distance that a cut may move to the edge of a word.
_BEFORE, _AFTER, _SPARE = 60, 140, 16
#: Characters read around the match. More than are shown, because Markdown's marks are removed.
_NEIGHBOURHOOD = 400


class _Folding(dict[int, str]):
    """Folds case and accents one character at a time, so that positions in the text stay valid."""

    def __missing__(self, code: int) -> str:
        character = chr(code)
        folded = fold(character)
        self[code] = folded if len(folded) == 1 else character
        return self[code]


_folding = _Folding()


def snippet(content: str, role: str, words: Sequence[str]) -> list[str]:
    """Return the text around the first matching word, cut between words, without Markdown's marks.

    The parts alternate plain and matching text and begin with plain text.
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
    """Return the text around the first match, and whether it is cut before and after.

    It bounds the cost of a long message.
    """
    first = pattern.search(_folded(content))
    position = first.start() if first else 0
    # A cut between words cuts no address of a link in two.
    low = _word_start(content, position - _NEIGHBOURHOOD, _NEIGHBOURHOOD // 2)
    high = position + 2 * _NEIGHBOURHOOD
    return content[low:high], low > 0, high < len(content)


def _folded(text: str) -> str:
    return text.lower() if text.isascii() else text.translate(_folding)


def _word_start(text: str, position: int, spare: int = _SPARE) -> int:
    """Return the start of the next word within `spare` characters, or `position` if there is none."""
    if position <= 0:
        return 0
    space = re.compile(r"\s+").search(text, position, position + spare)
    return space.end() if space else position


def _word_end(text: str, position: int) -> int:
    """Return the end of the last word within `_SPARE` characters before `position`, or `position`."""
    if position >= len(text):
        return len(text)
    cut = max((text.rfind(mark, position - _SPARE, position + 1) for mark in " \n\t"), default=-1)
    return cut if cut > 0 else position
