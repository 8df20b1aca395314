"""One turn, whole, and the turns beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import Boolean, bindparam, text

from webapp.database.transaction import read_connection
from webapp.database.types import Id, Instant
from webapp.errors import NotFound

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from webapp.services.users import CurrentUser

#: Messages before and after the one that was asked for: enough for its turn and the beginnings of those beside it.
_BEFORE, _AFTER = 3, 2
_AROUND = (
    text(
        """
        SELECT l.session_id, l.idx, s.title, s.archived, m.id, m.role, m.create_time, m.content, m.model
        FROM session_messages AS place
        JOIN sessions AS s ON s.id = place.session_id
        JOIN session_messages AS l ON l.session_id = place.session_id
            AND l.idx BETWEEN place.idx - :before AND place.idx + :after
        JOIN messages AS m ON m.id = l.message_id
        WHERE place.message_id = :message_id AND s.owner_id = :owner AND place.session_id = (
            SELECT first.session_id FROM session_messages AS first WHERE first.message_id = :message_id
            ORDER BY first.session_id LIMIT 1
        )
        ORDER BY l.idx
        """
    )
    .bindparams(bindparam("message_id", type_=Id), bindparam("owner", type_=Id))
    .columns(archived=Boolean, create_time=Instant)
)


class TurnMessage(NamedTuple):
    """A message of a turn. `idx` is its place in the transcript."""

    id: str
    idx: int
    role: str
    create_time: datetime
    content: str
    model: str | None


class WholeTurn(NamedTuple):
    """A question and its answer, of which one may be missing, and the ids of the turns before and after."""

    id: str
    session_id: str
    title: str
    archived: bool
    question: TurnMessage | None
    answer: TurnMessage | None
    previous_id: str | None
    next_id: str | None

    @property
    def first(self) -> TurnMessage:
        """The message that the turn begins with."""
        message = self.question or self.answer
        if message is None:
            raise AssertionError("A turn has a message.")
        return message


def read_turn(user: CurrentUser, turn_id: str) -> WholeTurn:
    """Return a turn by the id of its question, or of its answer. It takes one query.

    Of a message that several chats share, it is the turn of the oldest one. Raises NotFound.
    """
    values = {"message_id": turn_id, "owner": user.id, "before": _BEFORE, "after": _AFTER}
    rows = read_connection().execute(_AROUND, values).all()
    place = next((number for number, row in enumerate(rows) if row.id == turn_id), None)
    if place is None:
        raise NotFound("There is no such turn. Its chat may have been deleted.")
    start, end = _extent(rows, place)
    turn = {
        row.role: TurnMessage(row.id, row.idx, row.role, row.create_time, row.content, row.model)
        for row in rows[start:end]
    }
    return WholeTurn(
        id=rows[start].id,
        session_id=rows[start].session_id,
        title=rows[start].title,
        archived=rows[start].archived,
        question=turn.get("user"),
        answer=turn.get("assistant"),
        previous_id=rows[_extent(rows, start - 1)[0]].id if start else None,
        next_id=rows[end].id if end < len(rows) else None,
    )


def _extent(rows: Sequence[Any], place: int) -> tuple[int, int]:
    """Return where the turn of a row begins, and where it has ended."""
    if rows[place].role == "assistant":
        start = place - 1 if place and rows[place - 1].role == "user" else place
        return start, place + 1
    is_answered = place + 1 < len(rows) and rows[place + 1].role == "assistant"
    return place, place + 2 if is_answered else place + 1
