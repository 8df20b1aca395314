"""Messages that no session links to any more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import bindparam, delete, exists

from webapp.models import ChatSession, Conversation, Message, SessionMessage, table_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

_sessions = table_of(ChatSession)
_links = table_of(SessionMessage)
_messages = table_of(Message)
_conversations = table_of(Conversation)

_AT_ONCE = 500

_DELETE_MESSAGES = (
    delete(_messages)
    .where(
        _messages.c.id.in_(bindparam("ids", expanding=True)),
        ~exists().where(_links.c.message_id == _messages.c.id),
    )
    .returning(_messages.c.conversation_id)
)
_DELETE_CONVERSATIONS = delete(_conversations).where(
    _conversations.c.id.in_(bindparam("ids", expanding=True)),
    ~exists().where(_messages.c.conversation_id == _conversations.c.id),
    ~exists().where(_sessions.c.conversation_id == _conversations.c.id),
)


def delete_unlinked(connection: Connection, message_ids: Sequence[str], conversation_ids: Sequence[str] = ()) -> None:
    """Delete those of the messages that lost their last link, and conversations of theirs that are left empty.

    `conversation_ids` are looked at as well. In the caller's transaction.
    """
    left = set(conversation_ids)
    for start in range(0, len(message_ids), _AT_ONCE):
        left |= set(connection.scalars(_DELETE_MESSAGES, {"ids": message_ids[start : start + _AT_ONCE]}))
    if left:
        connection.execute(_DELETE_CONVERSATIONS, {"ids": sorted(left)})
