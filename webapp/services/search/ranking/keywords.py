"""The telling words of a question."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from webapp.services.search.index.words import is_apart, is_emoji, stem, words_in
from webapp.services.search.query import Term
from webapp.services.search.ranking.stop_words import FILLERS, FUNCTION_CHARACTERS, STOP_WORDS

if TYPE_CHECKING:
    from collections.abc import Iterable

#: Words of a question that are looked up.
MOST = 14


def keywords(question: str) -> list[Term]:
    """Return the words of a question that may tell what it is about, in its order, each stem once.

    Without words of grammar and of asking; if nothing else is there, these count. Scripts without spaces give each pair
    of characters as a phrase.
    """
    words = [word.letters for word in words_in(question)]
    plain = [word for word in words if not is_apart(word)]
    telling = [word for word in plain if word not in STOP_WORDS and word not in FILLERS]
    pairs = _pairs(words)
    if not telling and not pairs:
        telling = [word for word in plain if word not in STOP_WORDS] or plain
    terms = [Term((word,)) for word in telling] + pairs
    return list({tuple(map(stem, term.words)): term for term in reversed(terms)}.values())[::-1][:MOST]


def has_subject(question: str) -> bool:
    """Say whether a question has words besides those of grammar and of asking."""
    return any(word.letters not in STOP_WORDS and word.letters not in FILLERS for word in words_in(question))


def _pairs(words: Iterable[str]) -> list[Term]:
    """Return each pair of adjacent characters that are words by themselves, and such a character alone."""
    terms: list[Term] = []
    run: list[str] = []
    for word in [*words, ""]:
        if word and is_apart(word) and not is_emoji(word):
            run.append(word)
            continue
        terms += _of_run(run)
        run = []
    return terms


def _of_run(run: list[str]) -> list[Term]:
    if len(run) == 1:
        return [Term((run[0],))]
    pairs = [Term(pair) for pair in pairwise(run)]
    return [term for term in pairs if not FUNCTION_CHARACTERS.intersection(term.words)] or pairs
