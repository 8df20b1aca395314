"""Discarding a live turn: its row goes, and with it a session that was made for nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import bindparam, delete

from webapp.database.transaction import writing
from webapp.errors import Answering, NotFound
from webapp.services.live.keys import free_keys
from webapp.services.live.rows import find_live, heartbeat_stopped, read_live, table
from webapp.services.live.values import Discarded, Superseded
from webapp.services.session_rows import read_session_row
from webapp.services.sessions.purge import delete_session
from webapp.services.workers.retrying import AttemptSuperseded

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from webapp.services.live.values import LiveTurn
    from webapp.services.users import CurrentUser

_DELETE = delete(table).where(table.c.session_id == bindparam("session"), table.c.attempt == bindparam("of_attempt"))


def discard(user: CurrentUser, session_id: str, *, attempt: str | None = None, after_silence: bool = True) -> str:
    """Remove a live turn that failed or whose process died, and return its question.

    A process without a heartbeat may still be writing. Only the user decides whether to wait for it: a caller that
    acts on its own sets `after_silence` to False. A session that was made for the turn, and not changed since, is
    deleted with it. Raises NotFound, also if the live turn has another attempt than `attempt`, and Answering while it
    is being written.
    """
    with writing() as connection:
        read_session_row(connection, user, session_id, lock=True)
        live = read_live(connection, user, session_id)
        if attempt not in (None, live.attempt):
            raise NotFound("A retry of this message is in progress. Open the chat again.")
        if live.state == "writing" and not (after_silence and heartbeat_stopped(live)):
            raise Answering("An answer is in progress in this chat. Stop it first.")
        remove_live(connection, user, live)
    return live.content


def discard_attempt(user: CurrentUser, live: LiveTurn) -> Discarded:
    """Remove a live turn that this process writes. Raises NotFound, and AttemptSuperseded if it has another attempt."""
    with writing() as connection:
        session = read_session_row(connection, user, live.session_id, lock=True)
        current = find_live(connection, user, session.id)
        if current is None or current.attempt != live.attempt:
            raise AttemptSuperseded(Discarded() if current is None else Superseded())
        remove_live(connection, user, current)
    return Discarded()


def remove_live(connection: Connection, user: CurrentUser, live: LiveTurn) -> None:
    """Delete a live turn, the keys that wait for it, and a session that was made for it and not changed since."""
    session = read_session_row(connection, user, live.session_id, lock=True)
    free_keys(connection, live.session_id)
    connection.execute(_DELETE, {"session": live.session_id, "of_attempt": live.attempt})
    # Neither the history that the session began with nor a deleted source changes `updated_at`.
    # The caller still has that history.
    if live.made_session and session.updated_at == session.created_at:
        delete_session(connection, session)
