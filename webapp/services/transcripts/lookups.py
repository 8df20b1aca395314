"""Whether a transcript has answers by anybody but the archivist, and questions that somebody else answers later."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import Integer, bindparam, exists, or_, select

from webapp.models import Message, SessionMessage, table_of
from webapp.services.lookups import ARCHIVIST, is_by_archivist
from webapp.services.values import NewMessage

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from webapp.services.values import TranscriptMessage

_links = table_of(SessionMessage)
_messages = table_of(Message)

_ANSWERS = exists().where(
    _links.c.session_id == bindparam("session_id"),
    _links.c.idx < bindparam("end", type_=Integer),
    _messages.c.id == _links.c.message_id,
    _messages.c.role == "assistant",
)
_OTHER_ANSWERS = _ANSWERS.where(_messages.c.model.is_distinct_from(ARCHIVIST))
_IN_DAYS = select(or_(~_ANSWERS, _OTHER_ANSWERS))
_HAS_OTHER = select(_OTHER_ANSWERS)
_IS_LOOKUP = select(_messages.c.is_lookup).where(_messages.c.id == bindparam("message_id"))


def belongs_in_days(connection: Connection, session_id: str, end: int) -> bool:
    """Say whether a session, up to and without `end`, has an answer by somebody else, or no answer at all."""
    return bool(connection.execute(_IN_DAYS, {"session_id": session_id, "end": end}).scalar())


def has_other_answer(connection: Connection, session_id: str, end: int) -> bool:
    """Say whether anybody but the archivist answered in a session, up to and without `end`."""
    return bool(connection.execute(_HAS_OTHER, {"session_id": session_id, "end": end}).scalar())


def question_anew(connection: Connection, question: TranscriptMessage, answer: NewMessage) -> NewMessage | None:
    """Return a stored question to insert again if it was put to the archivist and somebody else answers it now.

    Messages do not change, so it becomes another message. The present one is kept for an undo.
    """
    if is_by_archivist(answer) or not connection.scalar(_IS_LOOKUP, {"message_id": question.id}):
        return None
    return NewMessage(role="user", content=question.content, create_time=question.create_time, files=question.files)
