"""Questions with the chats that hold their evidence, and how well an order of chats answers them."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from tests.bench.chats import Line

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_LIHUA = Path(__file__).parents[1] / "vendor" / "lihua.json"
_PERSON = "LiHua"


class Question(NamedTuple):
    """A question, and the places of the chats that hold its evidence. Without any, nothing answers it."""

    text: str
    evidence: frozenset[int]


class Labelled(NamedTuple):
    """Chats and questions about them."""

    chats: list[list[Line]]
    questions: list[Question]


class Figures(NamedTuple):
    """Over how many questions a chat with evidence was first, among the first five, and ten; the mean of 1 / rank."""

    questions: int
    at_1: float
    at_5: float
    at_10: float
    mrr: float

    def __str__(self) -> str:
        return f"any@1 {self.at_1:.3f}  any@5 {self.at_5:.3f}  any@10 {self.at_10:.3f}  MRR {self.mrr:.3f}"


def lihua() -> Labelled:
    """Return LiHua-World: a message a line, half a minute apart. LiHua is the user, all others are assistants."""
    told = json.loads(_LIHUA.read_text())
    places = {each["id"]: place for place, each in enumerate(told["conversations"])}
    chats = [
        [
            Line("user" if name == _PERSON else "assistant", content, _moment(each["time"], number))
            for number, (name, content) in enumerate(each["lines"])
        ]
        for each in told["conversations"]
    ]
    questions = [
        Question(
            each["question"],
            frozenset() if each["kind"] == "null" else frozenset(places[one] for one in each["evidence"]),
        )
        for each in told["questions"]
    ]
    return Labelled(chats, questions)


def figures(orders: Iterable[tuple[Question, Sequence[int]]]) -> Figures:
    """Return the figures of orders of chats, over the questions that have an answer."""
    ranks = [
        next((rank for rank, place in enumerate(order, 1) if place in question.evidence), None)
        for question, order in orders
        if question.evidence
    ]
    count = len(ranks)
    at_1, at_5, at_10 = (sum(1 for rank in ranks if rank and rank <= most) / count for most in (1, 5, 10))
    return Figures(count, at_1, at_5, at_10, sum(1 / rank for rank in ranks if rank) / count)


def _moment(text: str, number: int) -> datetime:
    return datetime.fromisoformat(text) + timedelta(seconds=30 * number)
