"""Live turns that hold, or may hold, the text of a message that is struck."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import JSON, bindparam, select, update

from webapp.models import ChatSession, SessionMessage, table_of
from webapp.services.live.discarding import remove_live
from webapp.services.live.process.pool import is_written
from webapp.services.live.rows import LIVE, find_live, table
from webapp.services.live.system_messages import SystemMessage, rows_of
from webapp.services.live.values import LiveTurn

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

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

_TELL = (
    update(table)
    .where(table.c.session_id == bindparam("of_session"))
    .values(system_messages=bindparam("left", type_=JSON(none_as_null=True)))
)


def being_written(connection: Connection, user: CurrentUser) -> bool:
    """Say whether an answer of the user's is being written, by any process."""
    return any(is_written(LiveTurn._make(row)) for row in connection.execute(_OF_USER, {"owner": user.id}))


def forget_system_message(
    connection: Connection, user: CurrentUser, content: str, digest: bytes, struck_at: datetime
) -> None:
    """Empty a text in the instructions of the user's failed turns. A part that is kept was made with it."""
    for row in connection.execute(_OF_USER, {"owner": user.id}).all():
        live = LiveTurn._make(row)
        given = [SystemMessage(*each) for each in live.system_messages or ()]
        left = [each.without_text(digest, struck_at) if each.content == content else each for each in given]
        if left != given:
            connection.execute(_TELL, {"of_session": live.session_id, "left": rows_of(left)})


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
