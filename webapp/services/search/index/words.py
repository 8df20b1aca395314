"""The words of a query, safe for the query language of either database."""

from __future__ import annotations

import re
import unicodedata

_ACCENTS = re.compile("(?<=[A-Za-z])[\u0300-\u036f]+")
_LONGEST = 100
_MOST = 32


def find_words(text: str) -> list[str]:
    """Return the distinct words of a text in order: lower case, letters and digits with their combining marks.

    Operators such as those in `C++`, `a-b`, `it"s` and `foo AND` have no meaning. Latin letters lose their accents, as
    in both indexes. In other scripts a mark makes another letter (`й`) or a syllable (`हि`), so it stays.
    """
    plain = unicodedata.normalize("NFC", _ACCENTS.sub("", unicodedata.normalize("NFD", text))).lower()
    words = "".join(character if _in_word(character) else " " for character in plain).split()
    spoken = (word[:_LONGEST] for word in words if any(map(str.isalnum, word)))
    return list(dict.fromkeys(spoken))[:_MOST]


def _in_word(character: str) -> bool:
    return character.isalnum() or unicodedata.category(character)[0] == "M"
