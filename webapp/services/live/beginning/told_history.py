"""Answer a question that comes with its whole history, as OpenAI's clients send it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from webapp.services.account_locks import hold_account
from webapp.services.assistants.lookup import check_assistant
from webapp.services.content import check_content
from webapp.services.live.beginning.history_lookup import HistoryRequest, check_history, find_answered, find_continued
from webapp.services.live.beginning.placement import (
    choose_assistant,
    find_failed,
    lock_session,
    place_again,
    place_next,
)
from webapp.services.live.beginning.start import start
from webapp.services.live.process.pool import is_written
from webapp.services.live.rows import find_live
from webapp.services.live.values import Answered, Begun
from webapp.services.sessions.changes import insert_session
from webapp.services.sessions.from_history import insert_history
from webapp.services.titles import automatic_title
from webapp.services.transcripts.lookup import digests_of
from webapp.services.values import NewMessage

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from webapp.services.idempotency import RequestKey, StoredAnswer
    from webapp.services.live.values import LiveTurn, Placement
    from webapp.services.users import CurrentUser
    from webapp.services.values import SessionRow


def told_history(
    user: CurrentUser,
    history: tuple[NewMessage, ...],
    content: str,
    *,
    session_id: str | None = None,
    assistant: str | None = None,
    instructions: str | None = None,
    repeated: bool = False,
    key: RequestKey | None = None,
) -> Begun | Answered | StoredAnswer:
    """Begin the answer to `content` in the session whose transcript equals `history`, or in a new one with it.

    `session_id` names the session; `history` is then empty or its transcript. `instructions` go to the assistant
    before the history and are not stored. `repeated` says that this may be a repeated request: it follows a live turn
    with the same question, or returns a recent answer to it. Raises what `append` raises.
    """
    request = _checked_request(history, content, session_id, assistant, instructions)

    def again(connection: Connection, live: LiveTurn) -> Placement:
        return place_again(connection, live, user=user, assistant=assistant)._replace(instructions=instructions)

    def resolve(connection: Connection) -> Placement | Begun | Answered:
        # The account is locked before any session.
        hold_account(connection, user)
        if repeated and key is None and (answered := find_answered(connection, user, request)):
            return Answered(answered)
        session, live = _find_session(connection, user, request, repeated=repeated)
        if live is not None:
            return Begun(live, is_new=False) if is_written(live) else again(connection, live)
        return _place(connection, user, request, session)

    return start(user, resolve, again, key)


def _find_session(
    connection: Connection, user: CurrentUser, request: HistoryRequest, *, repeated: bool
) -> tuple[SessionRow | None, LiveTurn | None]:
    if request.session_id:
        return _find_named(connection, user, request, request.session_id)
    return find_continued(connection, user, request, repeated=repeated)


def _place(connection: Connection, user: CurrentUser, request: HistoryRequest, session: SessionRow | None) -> Placement:
    """Place the question in the session, or in a new one."""
    if session is not None:
        return place_next(session, request.content, request.assistant, instructions=request.instructions)
    made = _make_session(connection, user, request)
    return place_next(made, request.content, made.assistant, instructions=request.instructions, made_session=True)


def _checked_request(
    history: tuple[NewMessage, ...],
    content: str,
    session_id: str | None,
    assistant: str | None,
    instructions: str | None,
) -> HistoryRequest:
    check_content(content)
    for message in history:
        check_content(message.content, message.pointer)
    check_assistant(assistant)
    # Hashing a long history takes time, so it happens before the transaction, which would block other writers.
    digests = tuple(digests_of((*history, NewMessage(content=content))))
    return HistoryRequest(history, digests, content, session_id, assistant, instructions)


def _find_named(
    connection: Connection, user: CurrentUser, request: HistoryRequest, session_id: str
) -> tuple[SessionRow, LiveTurn | None]:
    """Return the session that the caller names, and its live turn if it has the same question."""
    session = lock_session(connection, user, session_id, None)
    if request.history:
        check_history(connection, session, request)
    live = find_live(connection, user, session.id)
    if live is not None and request.asks_again(live):
        return session, live
    return session, find_failed(connection, user, session, request.is_question_of, drops_failed=True)


def _make_session(connection: Connection, user: CurrentUser, request: HistoryRequest) -> SessionRow:
    chosen = choose_assistant(request.assistant, None)
    if request.history:
        return insert_history(connection, user, request.history, request.digests[:-1], assistant=chosen)
    return insert_session(connection, user, auto_title=automatic_title(request.content), assistant=chosen)
