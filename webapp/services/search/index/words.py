"""The words of a text: where they stand, and how the full-text index of either database knows them."""

from __future__ import annotations

import re
import threading
import unicodedata
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

import Stemmer

from webapp.database.search_text import APART, EMOJI, MARKS, language_word

if TYPE_CHECKING:
    from collections.abc import Iterator

_LANGUAGE = r"(?<![^\W_])(?:[cC]\+\+|[cCfF]#)(?![\w+#])"
#: Combining marks of all scripts that are written with spaces; `re` has no class for them.
_COMBINING = (
    "\u0300-\u036f\u0483-\u0487\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06dc"
    "\u06df-\u06e4\u06e7\u06e8\u06ea-\u06ed\u0711\u0730-\u074a\u0900-\u0903\u093a-\u094f\u0951-\u0957\u0962\u0963\u0981-\u0983"
    "\u09bc-\u09cd\u0a01-\u0a03\u0a3c-\u0a51\u0a70\u0a71\u0a81-\u0a83\u0abc-\u0acd\u0b01-\u0b03\u0b3c-\u0b57\u0b82\u0bbe-\u0bcd"
    "\u0c00-\u0c04\u0c3e-\u0c56\u0c81-\u0c83\u0cbc-\u0cd6\u0d00-\u0d03\u0d3b-\u0d4d\u0d81-\u0d83\u0dca-\u0ddf\u0f71-\u0f84"
)
_ASCII = re.compile(rf"{_LANGUAGE}|[A-Za-z0-9]+")
_ANY = re.compile(
    rf"(?P<language>{_LANGUAGE})|(?P<apart>[{APART}][{MARKS}]*)|(?P<emoji>[{EMOJI}])"
    rf"|(?P<word>[^\W_{APART}](?:[^\W_{APART}]|[{_COMBINING}])*)"
)
_ACCENTS = re.compile("(?<=[A-Za-z])[\u0300-\u036f]+")
#: Letters that are kept of a word. More are no word that anybody types.
_LONGEST = 100
#: FTS5 stems no shorter word.
_SHORTEST_STEMMED = 3

#: A character that is a word by itself.
_IS_APART = re.compile(f"[{APART}]")
_IS_EMOJI = re.compile(f"[{EMOJI}]")


class Word(NamedTuple):
    """A word of a text: its place, and its letters without case and accents."""

    start: int
    end: int
    letters: str


def words_in(text: str) -> Iterator[Word]:
    """Yield the words of a text in order, with their places in it.

    A word has letters and digits with their combining marks. Characters of scripts without spaces, emoji, and the
    names `C++`, `C#` and `F#` are words. Latin letters lose their accents. In other scripts a mark makes another
    letter (`й`) or a syllable (`हि`), so it stays.
    """
    if text.isascii():
        lower = text.lower()
        for found in _ASCII.finditer(lower):
            letters = found[0]
            yield Word(found.start(), found.end(), letters[:_LONGEST] if letters.isalnum() else language_word(letters))
        return
    for found in _ANY.finditer(text):
        letters = language_word(found[0]).lower() if found["language"] else plain_letters(found[0])[:_LONGEST]
        if letters:
            yield Word(found.start(), found.end(), letters)


def plain_letters(word: str) -> str:
    """Return a word without capitals, and without the accents of Latin letters."""
    if word.isascii():
        return word.lower()
    return unicodedata.normalize("NFC", _ACCENTS.sub("", unicodedata.normalize("NFD", word))).lower()


def is_apart(letters: str) -> bool:
    """Say whether a word is one character of a script without spaces."""
    return _IS_APART.match(letters) is not None


def is_emoji(letters: str) -> bool:
    return _IS_EMOJI.match(letters) is not None


_stemmers = threading.local()


@lru_cache(maxsize=1 << 15)
def stem(letters: str) -> str:
    """Return the stem of a word by Porter's algorithm, as both databases store it.

    M. F. Porter: An algorithm for suffix stripping, 1980.
    """
    if len(letters) < _SHORTEST_STEMMED:
        return letters
    if not hasattr(_stemmers, "porter"):
        # A stemmer keeps a buffer, so that no two threads may share one.
        _stemmers.porter = Stemmer.Stemmer("porter", 0)
    return str(_stemmers.porter.stemWord(letters)) or letters
