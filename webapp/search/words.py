"""Words: what people type, made safe for either database's query language."""

from __future__ import annotations

import re
import unicodedata

_WORD = re.compile(r"[^\W_]+")
_MARKS = re.compile("[\u0300-\u036f]")
_LONGEST = 100
_MOST = 32


def find_words(text: str) -> list[str]:
    """Return the distinct words of a text, in order: no accents, lower case, letters and digits only.

    The same cut as both indexes make, so `C++`, `a-b`, `it"s` and `foo AND` are just words.
    """
    plain = unicodedata.normalize("NFC", _MARKS.sub("", unicodedata.normalize("NFD", text))).lower()
    return list(dict.fromkeys(word[:_LONGEST] for word in _WORD.findall(plain)))[:_MOST]
