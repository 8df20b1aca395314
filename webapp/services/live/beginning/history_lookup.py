"""Find the session that a sent history continues, or the turn of an earlier copy of the request."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import bindparam, select

from webapp.errors import NotFound, StaleTranscript
from webapp.ids import utc_now
from webapp.models import ChatSession, table_of
from webapp.services.live.listeners import is_left
from webapp.services.live.process.signals import STOPPED
from webapp.services.live.rows import find_live, table
from webapp.services.session_rows import read_session_row
from webapp.services.transcripts.lookup import ends_with, sessions_answering, sessions_holding
from webapp.services.transcripts.reading import read_message
from webapp.services.values import ChatResult, Turn

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from webapp.services.live.values import LiveTurn
    from webapp.services.users import CurrentUser
    from webapp.services.values import NewMessage, SessionRow

#: Most clients time out within ten minutes and then send the same request at once. An older equal question is not a
#: repetition: people say "Hello" more than once.
REPEATED_WITHIN = timedelta(minutes=15)

_sessions = table_of(ChatSession)
#: Sessions whose first question is being answered. The table of live turns has few rows, so it needs no index.
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


class HistoryRequest(NamedTuple):
    """A question and the messages before it. `digests` has one digest for each message and one for the question."""

    history: tuple[NewMessage, ...]
    digests: tuple[bytes, ...]
    content: str
    session_id: str | None
    assistant: str | None
    system: list[list[Any]] | None
    parameters: dict[str, Any] | None = None

    def is_question_of(self, live: LiveTurn) -> bool:
        """Say whether a live turn appends the answer to the same question."""
        return live.replaces_from_idx is None and live.content == self.content

    def asks_again(self, live: LiveTurn) -> bool:
        """Say whether this request repeats a live turn: same question, and failed or with equal settings."""
        if not self.is_question_of(live):
            return False
        is_alike = self.assistant in (None, live.assistant) and self.system == live.system_messages
        return live.state == "failed" or is_alike


def find_continued(
    connection: Connection, user: CurrentUser, request: HistoryRequest, *, repeated: bool
) -> tuple[SessionRow | None, LiveTurn | None]:
    """Return the session whose transcript equals the history, and its live turn if it has the same question.

    Both are None if there is no such session. A session with another live turn is skipped, since the caller named no
    session and a new one serves as well. Without a history only a repeated question finds its session.
    """
    for session_id in _candidates(connection, user, request, repeated=repeated):
        # On PostgreSQL a session may change or be deleted until it is locked.
        session = _locked(connection, user, session_id)
        live = find_live(connection, user, session_id)
        if (
            session is None
            or session.archived
            or not _holds(connection, session, request)
            or not _is_free(live, request)
        ):
            continue
        if request.history or live is not None:
            return session, live
    return None, None


def check_history(connection: Connection, session: SessionRow, request: HistoryRequest) -> None:
    """Raise StaleTranscript unless the history equals the session's whole transcript."""
    if not _holds(connection, session, request):
        raise StaleTranscript(
            "The history does not match the transcript of this chat. Send the exact transcript, or only the new "
            "message. To create a new chat from this history, name no session.",
            facts={"last_idx": session.last_idx, "revision": session.revision},
        )


def find_answered(connection: Connection, user: CurrentUser, request: HistoryRequest) -> ChatResult | None:
    """Return the turn of an earlier copy of this request within `REPEATED_WITHIN`, or None."""
    for session_id in _maybe_answered(connection, user, request):
        # The lock waits for a turn that is ending at this moment.
        session = _locked(connection, user, session_id)
        if session is None or session.message_count < 2 or request.assistant not in (None, session.assistant):
            continue
        turn = _last_turn_asking(connection, session, request)
        if turn is not None:
            return ChatResult(turn, made_session=False)
    return None


def _last_turn_asking(connection: Connection, session: SessionRow, request: HistoryRequest) -> Turn | None:
    question, answer = (read_message(connection, session.id, session.last_idx - back) for back in (1, 0))
    if (question.role, answer.role) != ("user", "assistant"):
        return None
    # The digest says whether the text of a struck question was the same.
    if question.content != request.content and not question.struck_at:
        return None
    # A client that comes back for the rest of an answer asks again.
    is_late = answer.finish_reason == STOPPED and is_left(connection, answer.id)
    if is_late or question.create_time < utc_now() - REPEATED_WITHIN:
        return None
    # A caller that names a session may send the new message alone.
    is_whole = bool(request.history) or request.session_id is None
    if question.struck_at and not is_whole:
        return None
    if is_whole and not ends_with(connection, session.id, question.idx, request.digests[-1]):
        return None
    return Turn(session, question, answer)


def _candidates(connection: Connection, user: CurrentUser, request: HistoryRequest, *, repeated: bool) -> list[str]:
    """Return the ids of sessions that may continue, those with a live turn of the same question first."""
    if request.history:
        session_ids = sessions_holding(connection, user, request.digests[-2])
    elif repeated:
        session_ids = list(connection.scalars(_FIRST_QUESTIONS, {"owner": user.id, "question": request.content}))
    else:
        return []
    lives = {session_id: find_live(connection, user, session_id) for session_id in session_ids}
    free = [session_id for session_id, live in lives.items() if _is_free(live, request)]
    return sorted(free, key=lambda session_id: lives[session_id] is None)


def _maybe_answered(connection: Connection, user: CurrentUser, request: HistoryRequest) -> list[str]:
    if request.session_id is not None:
        return [request.session_id]
    # Live turns first: one that is being answered now may be stored a moment later.
    if find_continued(connection, user, request, repeated=True)[1] is not None:
        return []
    return sessions_answering(connection, user, request.digests[-1], utc_now() - REPEATED_WITHIN)


def _locked(connection: Connection, user: CurrentUser, session_id: str) -> SessionRow | None:
    try:
        return read_session_row(connection, user, session_id, lock=True)
    except NotFound:
        return None


def _is_free(live: LiveTurn | None, request: HistoryRequest) -> bool:
    return live is None or request.asks_again(live)


def _holds(connection: Connection, session: SessionRow, request: HistoryRequest) -> bool:
    if session.message_count != len(request.history):
        return False
    return not request.history or ends_with(connection, session.id, session.last_idx, request.digests[-2])
