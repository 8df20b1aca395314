"""The texts of the candidates, and of the turns beside the heaviest ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import text

from webapp.services.search.places import choose, read_contents
from webapp.services.search.ranking.constants import WITH_NEIGHBOURS
from webapp.services.search.ranking.occurrences import NOTHING
from webapp.services.search.ranking.scoring import Texts

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import Connection

    from webapp.services.search.places import Place
    from webapp.services.search.ranking.occurrences import Finder, Occurrences

_BESIDE = """
    SELECT near.session_id, near.idx, beside.content
    FROM messages AS m
    JOIN session_messages AS l ON l.message_id = m.id
    JOIN session_messages AS near ON near.session_id = l.session_id AND near.idx BETWEEN l.idx - 3 AND l.idx + 3
    JOIN messages AS beside ON beside.id = near.message_id
    WHERE {chosen}
"""


def read_texts(connection: Connection, places: Sequence[Place], finder: Finder) -> tuple[dict[int, str], list[Texts]]:
    """Return the texts of the turns' messages by number, and for each turn where the keywords stand in it.

    It takes one query, and one for the turns beside the first ones.
    """
    numbers = {seq for place in places for seq in (place.question_seq, place.answer_seq) if seq is not None}
    contents = read_contents(connection, sorted(numbers))
    beside = _read_beside(connection, places[:WITH_NEIGHBOURS], finder)
    titles = {title: finder.find(title) for title in {place.title for place in places}}
    texts = []
    for place in places:
        question, answer = (
            finder.find(contents[seq]) if seq is not None and seq in contents else NOTHING
            for seq in (place.question_seq, place.answer_seq)
        )
        near = tuple(
            (beside.get((place.session_id, idx), NOTHING), beside.get((place.session_id, idx + 1), NOTHING))
            for idx in (place.turn_idx - 2, place.turn_idx + 2)
        )
        texts.append(Texts(question, answer, titles[place.title], near))
    return contents, texts


def _read_beside(
    connection: Connection, places: Sequence[Place], finder: Finder
) -> Mapping[tuple[str, int], Occurrences]:
    if not places:
        return {}
    sessions = {place.session_id for place in places}
    chosen, values = choose(connection, [place.seq for place in places])
    rows = connection.execute(text(_BESIDE.format(chosen=chosen)), values)
    return {(row.session_id, row.idx): finder.find(row.content) for row in rows if row.session_id in sessions}
