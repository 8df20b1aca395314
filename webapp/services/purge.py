"""Deleting a chat session for good."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import bindparam, delete, exists, select

from webapp.errors import NotArchived, PreconditionFailed
from webapp.models import ChatSession, Conversation, Message, SessionMessage, table_of
from webapp.services.summaries import read_summary
from webapp.services.transaction import writing

if TYPE_CHECKING:
    from collections.abc import Collection

    from webapp.services.users import CurrentUser

_sessions = table_of(ChatSession)
_links = table_of(SessionMessage)
_messages = table_of(Message)
_conversations = table_of(Conversation)

_SOURCES = (
    select(_messages.c.conversation_id)
    .join_from(_links, _messages, _messages.c.id == _links.c.message_id)
    .where(_links.c.session_id == bindparam("session_id"))
    .distinct()
)
_UNLINK = delete(_links).where(_links.c.session_id == bindparam("session_id"))
_DELETE_SESSION = delete(_sessions).where(_sessions.c.id == bindparam("session_id"))
_DELETE_UNLINKED = delete(_messages).where(
    _messages.c.conversation_id.in_(bindparam("sources", expanding=True)),
    ~exists().where(_links.c.message_id == _messages.c.id),
)
_DELETE_EMPTY = delete(_conversations).where(
    _conversations.c.id.in_(bindparam("sources", expanding=True)),
    ~exists().where(_messages.c.conversation_id == _conversations.c.id),
    ~exists().where(_sessions.c.conversation_id == _conversations.c.id),
)


def purge_session(user: CurrentUser, session_id: str, *, expected_revisions: Collection[int] | None = None) -> None:
    """Delete an archived chat session and every message that no other session links to.

    Raises NotFound, NotArchived, and PreconditionFailed if the revision is not among
    `expected_revisions`.
    """
    with writing() as connection:
        session = read_summary(connection, user, session_id, lock=True)
        if expected_revisions is not None and session.revision not in expected_revisions:
            raise PreconditionFailed("The chat was changed in the meantime. Read it again before you delete it.")
        if not session.archived:
            raise NotArchived("Only an archived chat can be deleted for good. Archive it first.")
        sources = list(connection.scalars(_SOURCES, {"session_id": session_id}))
        sources.append(session.conversation_id)
        for statement in (_UNLINK, _DELETE_SESSION):
            connection.execute(statement, {"session_id": session_id})
        for statement in (_DELETE_UNLINKED, _DELETE_EMPTY):
            connection.execute(statement, {"sources": sources})
