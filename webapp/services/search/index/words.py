"""Words: what people type, made safe for either database's query language."""

from __future__ import annotations

import re
import unicodedata

_ACCENTS = re.compile("(?<=[A-Za-z])[\u0300-\u036f]+")
_LONGEST = 100
_MOST = 32


def find_words(text: str) -> list[str]:
    """Return the distinct words of a text, in order: lower case, letters and digits with the marks on them.

    `C++`, `a-b`, `it"s` and `foo AND` are just words. Latin letters lose their accents, as in both indexes; in other
    scripts a mark makes another letter (`й`) or a syllable (`हि`), and stays.
    """
    plain = unicodedata.normalize("NFC", _ACCENTS.sub("", unicodedata.normalize("NFD", text))).lower()
    words = "".join(character if _in_word(character) else " " for character in plain).split()
    spoken = (word[:_LONGEST] for word in words if any(map(str.isalnum, word)))
    return list(dict.fromkeys(spoken))[:_MOST]


def _in_word(character: str) -> bool:
    return character.isalnum() or unicodedata.category(character)[0] == "M"
