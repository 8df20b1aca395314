"""Live turns that hold, or may hold, the text of a message that is struck."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import bindparam, select

from webapp.models import ChatSession, SessionMessage, table_of
from webapp.services.live.discarding import remove_live
from webapp.services.live.process.pool import is_written
from webapp.services.live.rows import LIVE, find_live, table
from webapp.services.live.values import LiveTurn

if TYPE_CHECKING:
    from collections.abc import Collection

    from sqlalchemy import Connection

    from webapp.services.users import CurrentUser

_sessions = table_of(ChatSession)
_links = table_of(SessionMessage)

_OF_USER = (
    select(*LIVE)
    .join_from(table, _sessions, _sessions.c.id == table.c.session_id)
    .where(_sessions.c.owner_id == bindparam("owner"))
)
_AT = select(_links.c.message_id).where(
    _links.c.session_id == bindparam("session_id"), _links.c.idx == bindparam("idx")
)


def being_written(connection: Connection, user: CurrentUser) -> bool:
    """Say whether an answer of the user's is being written, by any process."""
    return any(is_written(LiveTurn._make(row)) for row in connection.execute(_OF_USER, {"owner": user.id}))


def discard_those_about(
    connection: Connection, user: CurrentUser, session_id: str, message_ids: Collection[str]
) -> None:
    """Remove the session's failed turn if it answers or replaces one of the messages. The session is locked."""
    live = find_live(connection, user, session_id)
    if live is None:
        return
    at_question = connection.execute(_AT, {"session_id": session_id, "idx": live.question_idx}).scalar()
    if at_question in message_ids:
        remove_live(connection, user, live)
