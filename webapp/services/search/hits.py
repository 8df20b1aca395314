"""Hits of a search: turns with their snippets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from webapp.services.search.places import read_contents
from webapp.services.search.snippets import Marks, snippet
from webapp.services.search.values import TurnHit

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sqlalchemy import Connection

    from webapp.services.search.places import Place
    from webapp.services.search.query import Term


def read_hits(connection: Connection, places: Sequence[Place], terms: Iterable[Term]) -> list[TurnHit]:
    """Return a hit for each place. It takes one query."""
    numbers = {seq for place in places for seq in (place.question_seq, place.answer_seq) if seq is not None}
    contents = read_contents(connection, sorted(numbers))
    marks = Marks(terms)
    return [make_hit(place, contents, marks) for place in places]


def make_hit(place: Place, contents: Mapping[int, str], marks: Marks, score: float = 0.0) -> TurnHit:
    question, answer = (
        snippet(contents[seq], role, marks) if seq is not None and seq in contents else []
        for role, seq in (("user", place.question_seq), ("assistant", place.answer_seq))
    )
    return TurnHit(
        turn_id=place.turn_id,
        session_id=place.session_id,
        title=place.title,
        archived=place.archived,
        idx=place.idx,
        message_id=place.message_id,
        role=place.role,
        create_time=place.create_time,
        score=score,
        question=question,
        answer=answer,
    )
