"""A client that asks on has stopped reading the answer before: it is stopped, and the chat goes on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import bindparam, select

from webapp.database.transaction import leave_transaction, read_connection
from webapp.errors import NotFound
from webapp.models import ChatSession, table_of
from webapp.services.live.beginning.left_answers import Told, as_kept
from webapp.services.live.following import wait_for_end
from webapp.services.live.listeners import mark_gone
from webapp.services.live.process.pool import runner
from webapp.services.live.rows import LIVE, table
from webapp.services.live.stopping import STOP_SECONDS, stop
from webapp.services.live.values import LiveTurn
from webapp.services.session_rows import read_session_row
from webapp.services.transcripts.lookup import digests_of, ends_with

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

    from webapp.services.users import CurrentUser
    from webapp.services.values import NewMessage

_sessions = table_of(ChatSession)
#: The table of live turns has few rows, so it needs no index.
_OF_CLIENTS = (
    select(*LIVE)
    .join_from(table, _sessions, _sessions.c.id == table.c.session_id)
    .where(
        _sessions.c.owner_id == bindparam("owner"),
        table.c.state == "writing",
        table.c.replaces_from_idx.is_(None),
        table.c.listeners.is_not(None),
    )
    .order_by(table.c.asked_at.desc())
)
_ANSWERING = _OF_CLIENTS.where(table.c.content == bindparam("question"))
_ATTEMPTS = _OF_CLIENTS.where(table.c.attempt.in_(bindparam("ids", expanding=True)))


def stop_left_answer(user: CurrentUser, history: Sequence[NewMessage]) -> None:
    """Stop the live turn of which the history ends with the question and a part of the answer."""
    live = _find(user, history)
    leave_transaction()
    if live is not None:
        _stop(user, live)


def stop_attempts(user: CurrentUser, ids: Sequence[str]) -> None:
    """Stop the live turns whose answers have these ids."""
    if not ids:
        return
    rows = read_connection().execute(_ATTEMPTS, {"owner": user.id, "ids": list(ids)}).all()
    leave_transaction()
    for live in map(LiveTurn._make, rows):
        _stop(user, live)


def _stop(user: CurrentUser, live: LiveTurn) -> None:
    mark_gone(live)
    try:
        stopped = stop(user, live.session_id)
    except NotFound:
        # It has ended meanwhile.
        return
    if stopped.outcome is None:
        wait_for_end(user, live, timeout=STOP_SECONDS)


def _find(user: CurrentUser, history: Sequence[NewMessage]) -> LiveTurn | None:
    if len(history) < 2 or [message.role for message in history[-2:]] != ["user", "assistant"]:
        return None
    *before, question, part = history
    connection = read_connection()
    rows = connection.execute(_ANSWERING, {"owner": user.id, "question": question.content}).all()
    lives = [live for live in map(LiveTurn._make, rows) if _is_part_of(part.content, live)]
    if not lives:
        return None
    digests = digests_of(as_kept(connection, user, Told(tuple(before))).history)
    return next((live for live in lives if _follows(connection, user, live, digests)), None)


def _is_part_of(part: str, live: LiveTurn) -> bool:
    """Say whether a client may have this part of the answer. The row of another process may have less than that."""
    part = part.strip()
    draft = runner().find(live.session_id)
    if draft is not None and draft.live.attempt == live.attempt:
        return draft.text().lstrip().startswith(part)
    text = live.partial.strip()
    return text.startswith(part) or bool(text and part.startswith(text))


def _follows(connection: Connection, user: CurrentUser, live: LiveTurn, digests: Sequence[bytes]) -> bool:
    session = read_session_row(connection, user, live.session_id)
    if session.message_count != len(digests):
        return False
    return not digests or ends_with(connection, session.id, session.last_idx, digests[-1])
