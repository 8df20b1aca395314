"""Which chat session goes on when a caller tells the history instead of naming a session, and what it sent before."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, select

from webapp.errors import NotFound, StaleTranscript
from webapp.ids import utc_now
from webapp.models import ChatSession, table_of
from webapp.services.live.rows import find_live, table
from webapp.services.live.values import LiveTurn
from webapp.services.session_rows import read_session_row
from webapp.services.transcripts.lookup import ends_with, sessions_answering, sessions_holding
from webapp.services.transcripts.reading import read_message

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

    from webapp.services.live.values import TurnRequest
    from webapp.services.users import CurrentUser
    from webapp.services.values import SessionRow

#: A client gives up after ten minutes at most, as a rule, and then sends the same at once. What was asked longer ago
#: than this is not what it repeats: people say "Hello" more than once.
REPEATED_WITHIN = timedelta(minutes=15)

_sessions = table_of(ChatSession)
#: First questions that are being answered: a look through the few rows there are.
_FIRST_QUESTIONS = (
    select(table.c.session_id)
    .join_from(table, _sessions, _sessions.c.id == table.c.session_id)
    .where(
        _sessions.c.owner_id == bindparam("owner"),
        _sessions.c.message_count == 0,
        table.c.made_session,
        table.c.content == bindparam("question"),
    )
    .order_by(table.c.asked_at.desc())
)


def is_asked_again(live: LiveTurn, wanted: TurnRequest) -> bool:
    """Say whether a caller who tells the history asks what is being answered, or was not answered, once more."""
    if wanted.history is None or live.replaces_from_idx is not None or live.content != wanted.content:
        return False
    if live.state == "failed":
        return True
    return wanted.assistant in (None, live.assistant) and wanted.instructions == live.instructions


def find_continued(
    connection: Connection, user: CurrentUser, wanted: TurnRequest
) -> tuple[SessionRow | None, LiveTurn | None]:
    """Return the session that holds exactly the history, and its live turn if that is the same question.

    One that is answering another question, or holds one that somebody may want to try again, is passed over: who tells
    only a history means no session in particular, so a new one serves as well.
    """
    history = wanted.history or ()
    for session_id in _candidates(connection, user, wanted):
        # On PostgreSQL it may change, or be deleted, until it is locked.
        session = _locked(connection, user, session_id)
        live = find_live(connection, user, session_id)
        if session is None or session.archived or not _holds(connection, session, wanted) or not _is_free(live, wanted):
            continue
        if history or live is not None:
            return session, live
    return None, None


def check_history(connection: Connection, session: SessionRow, wanted: TurnRequest) -> None:
    """Raise StaleTranscript if the history is not the session's whole transcript, word for word."""
    if not _holds(connection, session, wanted):
        raise StaleTranscript(
            "The messages before the last one are not this chat's transcript. Read the chat and send its messages as "
            "they are there, or the new message alone; or name no session, and they become a chat of their own.",
            facts={"last_idx": session.last_idx, "revision": session.revision},
        )


def find_answered(connection: Connection, user: CurrentUser, wanted: TurnRequest) -> LiveTurn | None:
    """Return the turn that this request became when it was sent before, as it was while it lived; None if none."""
    if wanted.content is None or wanted.history is None:
        return None
    since = utc_now() - REPEATED_WITHIN
    asked = wanted.digests[-1]
    # Who names a session may send the new message alone.
    is_whole = bool(wanted.history) or wanted.session_id is None
    for session_id in _maybe_answered(connection, user, wanted, asked, since):
        # Locked: a turn that ends at this moment has ended then.
        session = _locked(connection, user, session_id)
        if session is None or session.message_count < 2 or wanted.assistant not in (None, session.assistant):
            continue
        question, answer = (read_message(connection, session.id, session.last_idx - back) for back in (1, 0))
        if (question.role, answer.role, question.content) != ("user", "assistant", wanted.content):
            continue
        if question.create_time < since or (is_whole and not ends_with(connection, session.id, question.idx, asked)):
            continue
        return LiveTurn(
            session_id=session.id,
            attempt=answer.id,
            user_message_id=question.id,
            content=question.content,
            instructions=wanted.instructions,
            assistant=session.assistant or "",
            base_idx=question.idx - 1,
            question_idx=question.idx,
            replaces_from_idx=None,
            state="writing",
            partial="",
            problem=None,
            reason=None,
            stop_wanted=False,
            made_session=False,
            asked_at=question.create_time,
            heartbeat_at=answer.create_time,
        )
    return None


def _candidates(connection: Connection, user: CurrentUser, wanted: TurnRequest) -> list[str]:
    """Return the sessions that come into question, those first where the same is being asked."""
    if wanted.history:
        found = sessions_holding(connection, user, wanted.digests[-2])
    elif wanted.repeated:
        found = list(connection.scalars(_FIRST_QUESTIONS, {"owner": user.id, "question": wanted.content}))
    else:
        return []
    lives = {session_id: find_live(connection, user, session_id) for session_id in found}
    free = [session_id for session_id, live in lives.items() if _is_free(live, wanted)]
    return sorted(free, key=lambda session_id: lives[session_id] is None)


def _maybe_answered(
    connection: Connection, user: CurrentUser, wanted: TurnRequest, asked: bytes, since: datetime
) -> list[str]:
    if wanted.session_id is not None:
        return [wanted.session_id]
    # In this order: what is being answered now may be kept a moment later.
    if find_continued(connection, user, wanted)[1] is not None:
        return []
    return sessions_answering(connection, user, asked, since)


def _locked(connection: Connection, user: CurrentUser, session_id: str) -> SessionRow | None:
    try:
        return read_session_row(connection, user, session_id, lock=True)
    except NotFound:
        return None


def _is_free(live: LiveTurn | None, wanted: TurnRequest) -> bool:
    return live is None or is_asked_again(live, wanted)


def _holds(connection: Connection, session: SessionRow, wanted: TurnRequest) -> bool:
    history = wanted.history or ()
    if session.message_count != len(history):
        return False
    return not history or ends_with(connection, session.id, session.last_idx, wanted.digests[-2])
