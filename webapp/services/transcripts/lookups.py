"""Turns with the archivist: searches of one's own messages, which are no content of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import Integer, bindparam, exists, or_, select

from webapp.agent.archivist import Archivist
from webapp.agent.intents import is_note
from webapp.models import Message, SessionMessage, table_of
from webapp.services.values import NewMessage

if TYPE_CHECKING:
    from collections.abc import Sequence

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
_OTHER_ANSWERS = _ANSWERS.where(_messages.c.model.is_distinct_from(Archivist.key))
_IN_DAYS = select(or_(~_ANSWERS, _OTHER_ANSWERS))
_HAS_OTHER = select(_OTHER_ANSWERS)
_IS_LOOKUP = select(_messages.c.is_lookup).where(_messages.c.id == bindparam("message_id"))
_IS_SHARED = select(
    exists().where(_links.c.message_id == bindparam("message_id"), _links.c.session_id != bindparam("session_id"))
)


def is_by_archivist(message: NewMessage) -> bool:
    return message.role == "assistant" and message.model == Archivist.key


def find_lookups(messages: Sequence[NewMessage]) -> list[bool]:
    """Say of each message whether it is an answer of the archivist or a question before one. Notes are no questions."""
    following = [*messages[1:], None]
    return [
        is_by_archivist(message)
        or (message.role == "user" and after is not None and is_by_archivist(after) and not is_note(message.content))
        for message, after in zip(messages, following, strict=True)
    ]


def belongs_in_days(connection: Connection, session_id: str, end: int) -> bool:
    """Say whether a session, up to and without `end`, has an answer by somebody else, or no answer at all."""
    return bool(connection.execute(_IN_DAYS, {"session_id": session_id, "end": end}).scalar())


def has_other_answer(connection: Connection, session_id: str, end: int) -> bool:
    """Say whether anybody but the archivist answered in a session, up to and without `end`."""
    return bool(connection.execute(_HAS_OTHER, {"session_id": session_id, "end": end}).scalar())


def question_anew(
    connection: Connection, session_id: str, question: TranscriptMessage, answer: NewMessage
) -> NewMessage | None:
    """Return a stored question to insert again if it was put to the archivist and somebody else answers it now.

    Messages do not change, so it becomes another row: with its id, unless another session links the present one.
    """
    values = {"message_id": question.id, "session_id": session_id}
    if is_by_archivist(answer) or not connection.scalar(_IS_LOOKUP, {"message_id": question.id}):
        return None
    is_shared = connection.scalar(_IS_SHARED, values)
    return NewMessage(
        role="user",
        id=None if is_shared else question.id,
        content=question.content,
        create_time=question.create_time,
    )
