"""The score of a turn: BM25 over its fields, adjacent and near words, its chat, its neighbours, and named dates."""

from __future__ import annotations

import math
from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from webapp.services.search.ranking import constants as c
from webapp.services.search.ranking.occurrences import NOTHING, Occurrences

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from webapp.services.search.ranking.dates import NamedDate


class Texts(NamedTuple):
    """The keywords in the fields of a turn, and in the turns before and after it."""

    question: Occurrences = NOTHING
    answer: Occurrences = NOTHING
    title: Occurrences = NOTHING
    beside: tuple[tuple[Occurrences, Occurrences], ...] = ()

    def masks(self) -> int:
        """Return which keywords the turn has, its title included."""
        found = 0
        for field in (self.question, self.answer, self.title):
            for _, place in field.found:
                found |= 1 << place
        return found


class Turn(NamedTuple):
    """What is scored: the texts, the chat, the day, and the place by age (0 is the oldest)."""

    texts: Texts
    session_id: str
    day: date
    age_rank: int


class Score(NamedTuple):
    """The score, and which part of the keywords' weight the turn has, 0 to 1."""

    value: float
    cover: float


class Scorer:
    """Scores the turns of one question. The statistics are those of the candidates."""

    def __init__(self, idfs: Sequence[float], turns: Sequence[Turn], dates: Sequence[NamedDate]) -> None:
        self._idfs = idfs
        self._dates = dates
        self._most_idf = max(idfs, default=0.0) or 1.0
        self._question_length = _mean([turn.texts.question.length for turn in turns])
        self._answer_length = _mean([turn.texts.answer.length for turn in turns])
        self._in_session: dict[str, Counter[int]] = {}
        pairs: Counter[tuple[int, int]] = Counter()
        for turn in turns:
            mask = turn.texts.masks()
            words = self._in_session.setdefault(turn.session_id, Counter())
            words.update(place for place in range(len(idfs)) if mask >> place & 1)
            pairs.update(set(_adjacent(turn.texts)))
        self._pair_idfs = {pair: math.log(1 + len(turns) / count) for pair, count in pairs.items()}

    def score(self, turn: Turn) -> Score:
        texts = turn.texts
        frequencies = self._frequencies(texts)
        value = sum(idf * _saturated(frequencies[place]) for place, idf in enumerate(self._idfs))
        value += c.PAIR * sum(
            self._pair_idfs[pair] * _saturated(count) for pair, count in Counter(_adjacent(texts)).items()
        )
        near = 2 * self._near(texts.question) + self._near(texts.answer)
        value += c.NEAR * near / (1 + near / (3 * self._most_idf))
        in_session = self._in_session[turn.session_id]
        value += c.SESSION * sum(idf * _saturated(in_session[place]) for place, idf in enumerate(self._idfs))
        if any(named.fits(turn.day) for named in self._dates):
            value += c.DAY if any(named.day and named.fits(turn.day) for named in self._dates) else c.MONTH
        mask = texts.masks()
        covered = sum(idf for place, idf in enumerate(self._idfs) if mask >> place & 1)
        return Score(value + c.FRESH * turn.age_rank, covered / (sum(self._idfs) or 1.0))

    def _frequencies(self, texts: Texts) -> list[float]:
        """Return how often each keyword stands in a turn, weighed by field and length."""
        found = [0.0] * len(self._idfs)
        for fields, weight in [((texts.question, texts.answer), 1.0), *((each, c.NEIGHBOURS) for each in texts.beside)]:
            question, answer = fields
            _add(found, question, weight * c.QUESTION / _norm(question, self._question_length, c.QUESTION_LENGTH))
            _add(found, answer, weight * c.ANSWER / _norm(answer, self._answer_length, c.ANSWER_LENGTH))
        for place in {place for _, place in texts.title.found}:
            found[place] += c.TITLE
        return found

    def _near(self, field: Occurrences) -> float:
        total = 0.0
        for (at, one), (then, other) in zip(field.found, field.found[1:], strict=False):
            if one != other and 0 < then - at <= c.NEAR_WORDS:
                total += min(self._idfs[one], self._idfs[other]) / math.sqrt(then - at)
        return total


def _add(found: list[float], field: Occurrences, weight: float) -> None:
    for _, place in field.found:
        found[place] += weight


def _norm(field: Occurrences, mean: float, share: float) -> float:
    return 1 - share + share * field.length / mean


def _mean(lengths: Sequence[int]) -> float:
    known = [length for length in lengths if length]
    return sum(known) / len(known) if known else 1.0


def _saturated(frequency: float) -> float:
    return frequency * (c.SATURATION + 1) / (c.SATURATION + frequency)


def _adjacent(texts: Texts) -> list[tuple[int, int]]:
    """Return the keywords that follow each other in the question that was asked, and in a text."""
    return [
        (one, other)
        for field in (texts.question, texts.answer)
        for (at, one), (then, other) in zip(field.found, field.found[1:], strict=False)
        if then == at + 1 and other == one + 1
    ]
