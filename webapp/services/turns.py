"""Turns: a question and its answer, appended together or not at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import Text, bindparam, case, func, insert, or_, update

from webapp.errors import Archived, StaleTranscript
from webapp.models import ChatSession, Message, SessionMessage, table_of
from webapp.models.ids import new_id, utc_now
from webapp.services.content import check_content
from webapp.services.summaries import SUMMARY, read_summary
from webapp.services.titles import automatic_title, fold
from webapp.services.transaction import writing
from webapp.services.values import SessionSummary, TranscriptMessage, Turn

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

    from webapp.services.users import CurrentUser
    from webapp.services.values import NewMessage, Seal

_sessions = table_of(ChatSession)

_INSERT_MESSAGES = insert(table_of(Message))
_INSERT_LINKS = insert(table_of(SessionMessage))


_unnamed = (_sessions.c.message_count == 0) & (_sessions.c.title_source == "auto")
#: Takes two numbers from the parent row. `expected_count` is −1 where any number will do.
_TAKE_NUMBERS = (
    update(_sessions)
    .where(
        _sessions.c.id == bindparam("session_id"),
        _sessions.c.owner_id == bindparam("owner"),
        _sessions.c.archived.is_(False),
        or_(bindparam("expected_count") == -1, _sessions.c.message_count == bindparam("expected_count")),
    )
    .values(
        message_count=_sessions.c.message_count + 2,
        revision=_sessions.c.revision + 1,
        updated_at=bindparam("now"),
        last_activity_at=bindparam("now"),
        title=case((_unnamed, bindparam("auto_title")), else_=_sessions.c.title),
        title_folded=case((_unnamed, bindparam("auto_folded")), else_=_sessions.c.title_folded),
        assistant=func.coalesce(bindparam("assistant", type_=Text), _sessions.c.assistant),
    )
    .returning(*SUMMARY)
)


def append_turn(
    user: CurrentUser,
    session_id: str,
    question: NewMessage,
    answer: NewMessage,
    *,
    expected_last_idx: int | None = None,
    seal: Seal[Turn] | None = None,
) -> Turn:
    """Append a finished turn made elsewhere: a user message and the assistant message that answers it.

    `expected_last_idx` is the `idx` of the last message the caller has seen (−1 for none). Raises NotFound,
    Archived, StaleTranscript, and Invalid for a content that cannot be kept.
    """
    for message in (question, answer):
        check_content(message.content, message.pointer)
    with writing() as connection:
        turn = insert_turn(connection, user, session_id, question, answer, expected_last_idx=expected_last_idx)
        if seal:
            seal(turn)
    return turn


def insert_turn(
    connection: Connection,
    user: CurrentUser,
    session_id: str,
    question: NewMessage,
    answer: NewMessage,
    *,
    expected_last_idx: int | None = None,
    assistant: str | None = None,
) -> Turn:
    """Append a checked turn in the caller's transaction; the session remembers the `assistant`, if one is named."""
    now = utc_now()
    numbers = _numbers(user, session_id, question.content, expected_last_idx)
    row = connection.execute(_TAKE_NUMBERS, numbers | {"now": now, "assistant": assistant}).first()
    if row is None:
        # Refused: the row as it is now says why.
        check_appendable(read_summary(connection, user, session_id), expected_last_idx)
        raise StaleTranscript("This chat changed at this very moment. Nothing was stored; please send again.")
    session = SessionSummary._make(row)
    first = session.message_count - 2
    pair = (
        _transcript_message(first, "user", question, now),
        _transcript_message(first + 1, "assistant", answer, now),
    )
    connection.execute(
        _INSERT_MESSAGES,
        [
            {name: getattr(message, name) for name in TranscriptMessage._fields[1:]}
            | {"conversation_id": session.conversation_id}
            for message in pair
        ],
    )
    connection.execute(
        _INSERT_LINKS,
        [{"session_id": session_id, "idx": message.idx, "message_id": message.id} for message in pair],
    )
    return Turn(session, *pair)


def _numbers(user: CurrentUser, session_id: str, question: str, expected_last_idx: int | None) -> dict[str, object]:
    """Return what decides whether numbers are given, and the title an unnamed session takes with its first turn."""
    title = automatic_title(question)
    return {
        "session_id": session_id,
        "owner": user.id,
        "expected_count": -1 if expected_last_idx is None else expected_last_idx + 1,
        "auto_title": title,
        "auto_folded": fold(title),
    }


def check_appendable(session: SessionSummary, expected_last_idx: int | None) -> None:
    """Raise Archived or StaleTranscript if a turn cannot be appended to the session as it is."""
    if session.archived:
        raise Archived("This chat is archived and takes no more messages. Restore it to go on.")
    if expected_last_idx not in (None, session.last_idx):
        raise StaleTranscript(
            "This chat has moved on since you last saw it. Nothing was sent; read what is new and send again.",
            facts={"last_idx": session.last_idx, "revision": session.revision},
        )


def _transcript_message(idx: int, role: str, message: NewMessage, now: datetime) -> TranscriptMessage:
    return TranscriptMessage(
        idx=idx,
        id=new_id(),
        role=role,
        content=message.content,
        create_time=message.create_time or now,
        model=message.model,
        finish_reason=message.finish_reason,
        usage=message.usage,
        citations=message.citations,
    )
