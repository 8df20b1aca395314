"""Permanent deletion of a chat session."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import bindparam, delete, update

from webapp.database.transaction import writing
from webapp.errors import NotArchived, PreconditionFailed
from webapp.models import ChatSession, LiveTurn, SessionMessage, table_of
from webapp.services.accounts.audit_log import record
from webapp.services.instructions.tails import delete_of_session
from webapp.services.session_rows import read_session_row
from webapp.services.tags.links import forget_tags
from webapp.services.transcripts.keeping import forget_of_session
from webapp.services.transcripts.orphans import delete_orphans

if TYPE_CHECKING:
    from collections.abc import Collection

    from sqlalchemy import Connection

    from webapp.services.users import CurrentUser
    from webapp.services.values import SessionRow

_sessions = table_of(ChatSession)
_links = table_of(SessionMessage)

_UNLINK = delete(_links).where(_links.c.session_id == bindparam("session_id")).returning(_links.c.message_id)
#: Forks change, so their revision rises. Their user did not change them, so `updated_at` stays.
_UNFORK = (
    update(_sessions)
    .where(_sessions.c.forked_from_id == bindparam("session_id"))
    .values(forked_from_id=None, revision=_sessions.c.revision + 1)
)
_DELETE_LIVE = delete(table_of(LiveTurn)).where(table_of(LiveTurn).c.session_id == bindparam("session_id"))
_DELETE_SESSION = delete(_sessions).where(_sessions.c.id == bindparam("session_id"))


def purge_session(user: CurrentUser, session_id: str, *, expected_revisions: Collection[int] | None = None) -> None:
    """Delete an archived chat session, its live turn, and every message that no other session links to.

    Raises NotFound, NotArchived, and PreconditionFailed if the revision is not among `expected_revisions`.
    """
    with writing() as connection:
        # The title is content, so the audit log has the id only. The event refers to the account, which every
        # transaction locks before its chats.
        record(connection, user, "chat-purged", session_id)
        session = read_session_row(connection, user, session_id, lock=True)
        if expected_revisions is not None and session.revision not in expected_revisions:
            raise PreconditionFailed("The chat was changed in the meantime. Read it again before you delete it.")
        if not session.archived:
            raise NotArchived("Only an archived chat can be deleted permanently. Archive it first.")
        delete_session(connection, session)


def delete_session(connection: Connection, session: SessionRow) -> None:
    """Delete a session, its live turn and its unshared messages, in the caller's transaction."""
    parameters = {"session_id": session.id}
    for statement in (_DELETE_LIVE, _UNFORK):
        connection.execute(statement, parameters)
    unlinked = [*connection.scalars(_UNLINK, parameters), *forget_of_session(connection, session.id)]
    delete_of_session(connection, session.id)
    forget_tags(connection, session.id)
    connection.execute(_DELETE_SESSION, parameters)
    delete_orphans(connection, unlinked, [session.conversation_id])
