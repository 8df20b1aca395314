"""The present position of a message, found by its id."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import bindparam, select

from webapp.database.transaction import read_connection
from webapp.errors import NotFound
from webapp.models import ChatSession, Message, SessionMessage, table_of

if TYPE_CHECKING:
    from webapp.services.users import CurrentUser

_sessions = table_of(ChatSession)
_links = table_of(SessionMessage)
_messages = table_of(Message)

_FIND = (
    select(_links.c.session_id, _links.c.idx)
    .join_from(_links, _messages, _messages.c.id == _links.c.message_id)
    .join(_sessions, _sessions.c.id == _links.c.session_id)
    .where(_links.c.message_id == bindparam("message_id"), _sessions.c.owner_id == bindparam("owner"))
    .order_by((_sessions.c.conversation_id == _messages.c.conversation_id).desc(), _sessions.c.archived, _sessions.c.id)
    .limit(1)
)


class MessagePlace(NamedTuple):
    """A position in a transcript."""

    session_id: str
    idx: int


def find_message(user: CurrentUser, message_id: str) -> MessagePlace:
    """Return a message's position: in the session of its conversation, else in a session that links to it.

    Active sessions come before archived ones. Raises NotFound, also for another user's message.
    """
    row = read_connection().execute(_FIND, {"message_id": message_id, "owner": user.id}).first()
    if row is None:
        raise NotFound(
            "There is no such message. It may have been deleted permanently, or replaced by another one. Use the "
            "search to find your messages."
        )
    return MessagePlace(row.session_id, row.idx)
