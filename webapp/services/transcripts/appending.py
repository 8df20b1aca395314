"""Appending of turns: a question and its answer together, or neither."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import Boolean, Text, bindparam, case, func, or_, update

from webapp.database.transaction import writing
from webapp.database.types import Instant
from webapp.errors import Archived, StaleTranscript
from webapp.ids import utc_now
from webapp.models import ChatSession, table_of
from webapp.services.content import check_content
from webapp.services.idempotency import begin_once, end_once
from webapp.services.lookups import ARCHIVIST
from webapp.services.session_rows import SESSION_ROW, read_session_row
from webapp.services.titles import automatic_title, fold
from webapp.services.transcripts.inserting import insert_messages
from webapp.services.values import SessionRow, Turn

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

    from webapp.services.idempotency import RequestKey
    from webapp.services.users import CurrentUser
    from webapp.services.values import NewMessage

_sessions = table_of(ChatSession)

_is_empty = _sessions.c.message_count == 0
_unnamed = _is_empty & (_sessions.c.title_source == "auto")
_began, _ended = bindparam("began", type_=Instant), bindparam("ended", type_=Instant)
#: Takes two numbers from the parent row. `expected_count` is −1 if any count is accepted.
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
        # Empty chats have the date of their creation. The first turn may be older; later ones move no date back.
        created_at=case((_is_empty & (_sessions.c.created_at > _began), _began), else_=_sessions.c.created_at),
        last_activity_at=case(
            (_is_empty | (_sessions.c.last_activity_at < _ended), _ended), else_=_sessions.c.last_activity_at
        ),
        in_days=or_(bindparam("is_other", type_=Boolean), ~_is_empty & _sessions.c.in_days),
        title=case((_unnamed, bindparam("auto_title")), else_=_sessions.c.title),
        title_folded=case((_unnamed, bindparam("auto_folded")), else_=_sessions.c.title_folded),
        assistant=func.coalesce(bindparam("assistant", type_=Text), _sessions.c.assistant),
    )
    .returning(*SESSION_ROW)
)


class Period(NamedTuple):
    """The time of a turn's first message, and of its last."""

    began: datetime
    ended: datetime


def append_turn(
    user: CurrentUser,
    session_id: str,
    question: NewMessage,
    answer: NewMessage,
    *,
    expected_last_idx: int | None = None,
    key: RequestKey | None = None,
) -> Turn:
    """Append a finished turn: a user message and the assistant message that answers it.

    A turn with times dates its session: `created_at` by the first turn, `last_activity_at` by the latest one. Without
    times it happens now. A message without a time has the time of the other one.

    `expected_last_idx` is the `idx` of the last message that the caller has seen (−1 for none). Raises NotFound,
    Archived, StaleTranscript, Invalid for unusable content, and for a `key` what `begin_once` raises.
    """
    for message in (question, answer):
        check_content(message.content, message.pointer, has_files=bool(message.files))
    question, answer, period = _dated(question, answer)
    with writing() as connection:
        begin_once(connection, user, key)
        turn = insert_turn(
            connection, user, session_id, question, answer, expected_last_idx=expected_last_idx, period=period
        )
        end_once(connection, user, key, turn)
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
    period: Period | None = None,
) -> Turn:
    """Append a checked turn in the caller's transaction. The session stores `assistant` as its default, if given.

    `period` is when it happened, by default now. What lies in the future counts as now.
    """
    now = utc_now()
    began, ended = (min(moment, now) for moment in period or (now, now))
    values = _numbers(user, session_id, question.content, expected_last_idx)
    values |= {"now": now, "began": began, "ended": ended, "assistant": assistant}
    values["is_other"] = answer.model != ARCHIVIST
    row = connection.execute(_TAKE_NUMBERS, values).first()
    if row is None:
        # No row was updated. The row as it is now says why.
        check_appendable(read_session_row(connection, user, session_id), expected_last_idx)
        raise stale_transcript()
    session = SessionRow._make(row)
    pair = (replace(question, role="user"), replace(answer, role="assistant"))
    return Turn(session, *insert_messages(connection, session, session.message_count - 2, pair, now))


def _dated(question: NewMessage, answer: NewMessage) -> tuple[NewMessage, NewMessage, Period | None]:
    """Return the messages with their times, and the period of the turn if it has one."""
    times = [message.create_time for message in (question, answer) if message.create_time]
    if not times:
        return question, answer, None
    question = replace(question, create_time=question.create_time or times[0])
    answer = replace(answer, create_time=answer.create_time or times[0])
    return question, answer, Period(min(times), max(times))


def _numbers(user: CurrentUser, session_id: str, question: str, expected_last_idx: int | None) -> dict[str, object]:
    """Return the parameters of the counter update, with the title for a session that has none."""
    title = automatic_title(question)
    return {
        "session_id": session_id,
        "owner": user.id,
        "expected_count": -1 if expected_last_idx is None else expected_last_idx + 1,
        "auto_title": title,
        "auto_folded": fold(title),
    }


def check_appendable(session: SessionRow, expected_last_idx: int | None) -> None:
    """Raise Archived or StaleTranscript if the session accepts no turn in its present state."""
    if session.archived:
        raise Archived("This chat is archived and accepts no messages. Restore it to continue.")
    if expected_last_idx not in (None, session.last_idx):
        raise StaleTranscript(
            "This chat has changed since you last read it. Nothing was sent. Read the new messages, then send again.",
            facts={"last_idx": session.last_idx, "revision": session.revision},
        )


def stale_transcript() -> StaleTranscript:
    """Return the error for a request that came after another change."""
    return StaleTranscript("This chat was changed at the same time. Nothing was stored. Please send again.")
