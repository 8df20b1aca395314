"""Text for the benchmark: English-like Markdown whose words are as unevenly frequent as in a language."""

from __future__ import annotations

import random
from itertools import accumulate, product

#: A word that occurs in nothing but the messages it was put into.
MARKER = "quillon"

_COMMON = (
    "the of and to in a is that for it as was with on be by this are or an from at not have you can which but "
    "when use if we has one all there their more will would about so other only time than new into some then "
    "make just like over also after way many must look through back where much should well people how need"
).split()
_ONSETS = ("b", "br", "c", "d", "f", "g", "gr", "l", "m", "n", "p", "pl", "r", "s", "st", "t", "tr", "v")
_RIMES = ("a", "an", "e", "er", "est", "i", "in", "o", "on", "or", "um", "ent")
_WORDS = 6_000


class Writer:
    """Writes messages, the same ones for the same seed."""

    def __init__(self, seed: int) -> None:
        self._random = rng = random.Random(seed)
        syllables = ["".join(pair) for pair in product(_ONSETS, _RIMES)]
        made = {"".join(rng.choices(syllables, k=rng.choice((2, 2, 3)))) for _ in range(_WORDS)}
        self._words = [*_COMMON, *rng.sample(sorted(made), len(made))]
        # Zipf's law with Mandelbrot's shift: how often a word is said falls with its rank.
        self._weights = list(accumulate(1 / (rank + 2.7) for rank in range(len(self._words))))

    def question(self, *, marked: bool = False) -> str:
        """Write what a user says: a sentence or a few."""
        return " ".join(self._sentences(self._random.choice((1, 1, 2, 3)), marked=marked))

    def answer(self, *, marked: bool = False) -> str:
        """Write what an assistant says: paragraphs, and now and then a heading, a list, code or a table."""
        blocks = [" ".join(self._sentences(self._random.choice((2, 3, 4)), marked=marked))]
        for make, chance in ((self._list, 0.3), (self._code, 0.12), (self._table, 0.04)):
            if self._random.random() < chance:
                blocks.append(make())
        if self._random.random() < 0.5:
            blocks.append(" ".join(self._sentences(2)))
        if len(blocks) > 2:
            blocks.insert(0, f"## {' '.join(self._pick(3)).capitalize()}")
        return "\n\n".join(blocks)

    def _pick(self, count: int) -> list[str]:
        return self._random.choices(self._words, cum_weights=self._weights, k=count)

    def _sentences(self, count: int, *, marked: bool = False) -> list[str]:
        sentences = []
        for number in range(count):
            words = self._pick(self._random.randrange(6, 20))
            if marked and not number:
                words[len(words) // 2] = MARKER
            elif self._random.random() < 0.15:
                words[-1] = f"**{words[-1]}**"
            sentences.append(" ".join(words).capitalize() + ".")
        return sentences

    def _list(self) -> str:
        return "\n".join(f"- {' '.join(self._pick(8))}" for _ in range(self._random.randrange(3, 7)))

    def _code(self) -> str:
        name, argument, other = self._pick(3)
        return (
            f"```python\ndef {name}({argument}: int) -> str:\n"
            f'    """{other.capitalize()}."""\n    return str({argument} + 1)\n```'
        )

    def _table(self) -> str:
        rows = "\n".join("| {} | {} |".format(*self._pick(2)) for _ in range(4))
        return "| {} | {} |\n| --- | ---: |\n".format(*self._pick(2)) + rows
