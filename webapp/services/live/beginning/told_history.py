"""Answer a question that comes with its whole history, as OpenAI's clients send it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from webapp.database.transaction import leave_transaction, read_connection
from webapp.services.account_locks import hold_account
from webapp.services.assistants.lookup import check_assistant
from webapp.services.content import BLANK, check_content
from webapp.services.live.beginning.history_lookup import HistoryRequest, check_history, find_answered, find_continued
from webapp.services.live.beginning.left_answers import Told, as_kept
from webapp.services.live.beginning.left_live import stop_left_answer
from webapp.services.live.beginning.placement import (
    choose_assistant,
    find_failed,
    lock_session,
    place_again,
    place_next,
)
from webapp.services.live.beginning.start import start
from webapp.services.live.parameters import fields_of
from webapp.services.live.process.pool import is_written
from webapp.services.live.rows import find_live
from webapp.services.live.system_messages import SystemMessage, carried_over, held_of_clients, rows_of
from webapp.services.live.values import Answered, Begun
from webapp.services.session_rows import read_session_row
from webapp.services.sessions.changes import insert_session
from webapp.services.sessions.from_history import insert_history
from webapp.services.titles import automatic_title
from webapp.services.transcripts.lookup import digests_of, sessions_holding
from webapp.services.values import NewMessage

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

    from webapp.agent.values import Parameters
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
    system: Sequence[SystemMessage] = (),
    parameters: Parameters | None = None,
    repeated: bool = False,
    key: RequestKey | None = None,
) -> Begun | Answered | StoredAnswer:
    """Begin the answer to `content` in the session whose transcript equals `history`, or in a new one with it.

    `session_id` names the session; `history` is then empty or its transcript. The history may have a part of an answer
    that its client left, or an empty message in its place; other empty messages are passed over. The `system` messages
    go to the assistant in their places; the end of the turn stores what is new of them. `repeated` says that this may
    be a repeated request: it follows a live turn with the same question, or returns a recent answer to it. The answer
    is stopped some time after its client left. Raises what `append` raises.
    """
    check_content(content)
    check_assistant(assistant)
    stop_left_answer(user, history)
    request = _read_request(user, Told(history, tuple(system)), content, session_id, assistant)
    request = request._replace(parameters=fields_of(parameters))

    def again(connection: Connection, live: LiveTurn) -> Placement:
        told = _with_held(connection, user, request)
        return _for_client(place_again(connection, live, user=user, assistant=assistant), told)

    def resolve(connection: Connection) -> Placement | Begun | Answered:
        # The account is locked before any session.
        hold_account(connection, user)
        if repeated and key is None and (answered := find_answered(connection, user, request)):
            return Answered(answered)
        told = _with_held(connection, user, request)
        session, live = _find_session(connection, user, told, repeated=repeated)
        if live is not None:
            return Begun(live, is_new=False) if is_written(live) else again(connection, live)
        return _for_client(_place(connection, user, told, session), told)

    return start(user, resolve, again, key)


def _for_client(placement: Placement, request: HistoryRequest) -> Placement:
    return placement._replace(system_messages=request.system, parameters=request.parameters, has_client=True)


def _with_held(connection: Connection, user: CurrentUser, request: HistoryRequest) -> HistoryRequest:
    """Return the request with the system messages of its chat, if it names the chat and sends the new message alone."""
    if request.session_id is None or request.history:
        return request
    session = read_session_row(connection, user, request.session_id, lock=True)
    if session.instructions_digest is None:
        return request
    held = held_of_clients(connection, session.id, session.message_count)
    said = (SystemMessage(*row) for row in request.system or ())
    return request._replace(system=rows_of(carried_over(held, list(said))))


def _find_session(
    connection: Connection, user: CurrentUser, request: HistoryRequest, *, repeated: bool
) -> tuple[SessionRow | None, LiveTurn | None]:
    if request.session_id:
        return _find_named(connection, user, request, request.session_id)
    return find_continued(connection, user, request, repeated=repeated)


def _place(connection: Connection, user: CurrentUser, request: HistoryRequest, session: SessionRow | None) -> Placement:
    """Place the question in the session, or in a new one."""
    if session is not None:
        return place_next(session, request.content, request.assistant)
    made = _make_session(connection, user, request)
    return place_next(made, request.content, made.assistant, made_session=True)


def _read_request(
    user: CurrentUser, told: Told, content: str, session_id: str | None, assistant: str | None
) -> HistoryRequest:
    """Return the request with the history as it was kept. Raises Invalid."""
    for message in told.history:
        if message.content.strip(BLANK):
            check_content(message.content, message.pointer)
    # Hashing a long history takes time, so it happens before the transaction, which would block other writers.
    digests = digests_of((*told.history, NewMessage(content=content)))
    if told.history and not _is_kept(user, told, digests[-2]):
        kept = as_kept(read_connection(), user, told)
        if kept.history != told.history:
            digests = digests_of((*kept.history, NewMessage(content=content)))
        told = kept
    leave_transaction()
    return HistoryRequest(told.history, tuple(digests), content, session_id, assistant, rows_of(told.system))


def _is_kept(user: CurrentUser, told: Told, digest: bytes) -> bool:
    has_blanks = any(not (message.content.strip(BLANK) or message.files or message.struck) for message in told.history)
    return not has_blanks and bool(sessions_holding(read_connection(), user, digest))


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
