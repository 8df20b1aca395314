"""English words that an incomplete word may become."""

from __future__ import annotations

from webapp.services.search.index.words import stem

#: The rests of the endings that Porter's algorithm removes.
_RESTS = ("ing", "ng", "g", "ed", "d", "es", "s", "y", "e", "er", "ly")
_SHORTEST = 3


def likely_words(beginning: str) -> list[str]:
    """Return words that begin with these letters although their stems do not: `running` for `runni`.

    At most one for each stem. The index has stems only, so that no search for a beginning finds these.
    """
    if len(beginning) < _SHORTEST or not (beginning.isascii() and beginning.isalpha()):
        return []
    # The database stems the beginning as if it were a word.
    searched = min(beginning, stem(beginning), key=len)
    words: dict[str, str] = {}
    for rest in _RESTS:
        found = stem(beginning + rest)
        if not found.startswith(searched):
            words.setdefault(found, beginning + rest)
    return list(words.values())
