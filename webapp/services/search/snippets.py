"""Snippets: the part of a message around the words of a search."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, NamedTuple

from webapp.rendering import plain_text
from webapp.services.search.index.endings import likely_words
from webapp.services.search.index.words import is_apart, stem, words_in

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from webapp.services.search.index.words import Word
    from webapp.services.search.query import Term
    from webapp.services.search.values import Snippet

#: Characters before and after the first match, and the distance that a cut may move to the edge of a word.
_BEFORE, _AFTER, _SPARE = 60, 140, 16
#: Characters read around the match. More than are shown, because Markdown's marks are removed.
_NEIGHBOURHOOD = 400


class Marks:
    """Finds the words of a search in texts, in any of their forms."""

    def __init__(self, terms: Iterable[Term]) -> None:
        """Words of scripts without spaces are marked only where their neighbours in the term stand beside them."""
        self._stems: set[str] = set()
        self._beginnings: list[str] = []
        self._runs: list[tuple[str, ...]] = []
        for term in terms:
            if len(term.words) > 1 and is_apart(term.words[0]):
                self._runs.append(term.words)
                continue
            self._stems |= {stem(word) for word in term.words}
            if term.is_prefix:
                self._stems |= {stem(word) for word in likely_words(term.words[-1])}
                self._beginnings += {term.words[-1], stem(term.words[-1])}

    def places(self, text: str) -> list[tuple[int, int]]:
        """Return where the words stand in a text: start and end in characters, in order."""
        found = []
        words = list(words_in(text)) if self._runs else words_in(text)
        for word in words:
            letters = word.letters
            if stem(letters) in self._stems or any(map(letters.startswith, self._beginnings)):
                found.append((word.start, word.end))
        for run in self._runs:
            found += _run_places(list(words), run)
        return sorted(found)


def _run_places(words: Sequence[Word], run: tuple[str, ...]) -> Iterator[tuple[int, int]]:
    for start in range(len(words) - len(run) + 1):
        few = words[start : start + len(run)]
        if all(word.letters == letters for word, letters in zip(few, run, strict=True)):
            yield few[0].start, few[-1].end


class _Part(NamedTuple):
    text: str
    is_cut_before: bool
    is_cut_after: bool


def snippet(content: str, role: str, marks: Marks) -> Snippet:
    """Return the text around the first matching word, cut between words, without Markdown's marks.

    The parts alternate plain and matching text and begin with plain text.
    """
    part = _around(unicodedata.normalize("NFC", content), marks)
    text = plain_text(part.text) if role == "assistant" else part.text
    places = marks.places(text)
    first = places[0] if places else (0, 0)
    start = _word_start(text, first[0] - _BEFORE)
    end = _word_end(text, first[1] + _AFTER)
    parts = marked(text[:end], [(low, high) for low, high in places if high <= end], start)
    parts[0] = f"{'…' if start or part.is_cut_before else ''}{parts[0]}"
    parts[-1] = parts[-1].rstrip() + ("…" if end < len(text.rstrip()) or part.is_cut_after else "")
    return parts


def marked(text: str, places: Iterable[tuple[int, int]], start: int = 0) -> Snippet:
    """Return a text from `start` on in parts that alternate plain and matching text, at sorted places."""
    parts, at = [""], start
    for low, high in places:
        if low >= at:
            parts[-1] += text[at:low]
            parts += [text[low:high], ""]
            at = high
    parts[-1] += text[at:]
    return parts


def _around(content: str, marks: Marks) -> _Part:
    """Return the text around the first match. It bounds the cost of a long message."""
    places = marks.places(content)
    position = places[0][0] if places else 0
    # A cut between words cuts no address of a link in two.
    low = _word_start(content, position - _NEIGHBOURHOOD, _NEIGHBOURHOOD // 2)
    high = position + 2 * _NEIGHBOURHOOD
    return _Part(content[low:high], low > 0, high < len(content))


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
