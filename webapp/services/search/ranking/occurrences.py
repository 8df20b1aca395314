"""Where the keywords stand in a text."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from webapp.services.search.index.endings import likely_words
from webapp.services.search.index.words import stem, words_in

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from webapp.services.search.query import Term

_PLAIN = re.compile("[a-z0-9]+")


class Occurrences(NamedTuple):
    """The number of words of a text, and the keywords in it: position in words, and place among the keywords."""

    length: int
    found: list[tuple[int, int]]


NOTHING = Occurrences(0, [])


class Finder:
    """Finds keywords in texts. Keywords are one word each, or a phrase."""

    def __init__(self, terms: Sequence[Term]) -> None:
        self._stems: dict[str, list[int]] = {}
        self._phrases: list[tuple[tuple[str, ...], int]] = []
        self._beginnings: list[tuple[str, int]] = []
        for place, term in enumerate(terms):
            if len(term.words) > 1:
                self._phrases.append((tuple(map(stem, term.words)), place))
                continue
            word = term.words[0]
            for each in [word, *(likely_words(word) if term.is_prefix else [])]:
                self._stems.setdefault(stem(each), []).append(place)
            if term.is_prefix:
                self._beginnings.append((min(word, stem(word), key=len), place))
        firsts = [*self._stems, *(phrase[0] for phrase, _ in self._phrases), *(each for each, _ in self._beginnings)]
        # Stemming takes longest, and changes the first two letters of no word.
        self._heads = {each[:2] for each in firsts}

    def find(self, text: str) -> Occurrences:
        words = _PLAIN.findall(text.lower()) if text.isascii() else [word.letters for word in words_in(text)]
        found: list[tuple[int, int]] = []
        heads, stems = self._heads, self._stems
        for position, word in enumerate(words):
            if word[:2] in heads or word[:1] in heads:
                found += ((position, place) for place in stems.get(stem(word), ()))
                if self._beginnings or self._phrases:
                    found += self._others(words, position)
        return Occurrences(len(words), found)

    def _others(self, words: Sequence[str], position: int) -> Iterator[tuple[int, int]]:
        word = words[position]
        for beginning, place in self._beginnings:
            if word.startswith(beginning) and place not in self._stems.get(stem(word), ()):
                yield position, place
        for phrase, place in self._phrases:
            few = words[position : position + len(phrase)]
            if len(few) == len(phrase) and all(stem(each) == one for each, one in zip(few, phrase, strict=True)):
                yield position, place
