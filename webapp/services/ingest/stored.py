"""What is here of the conversations of an upload, for a batch of them in a constant number of queries."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import bindparam, select

from webapp.models import ChatSession, Conversation, LiveTurn, SessionMessage, table_of
from webapp.services.ingest.values import Stored

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

_conversations = table_of(Conversation)
_sessions = table_of(ChatSession)
_links = table_of(SessionMessage)
_live = table_of(LiveTurn)

_FOUND = (
    select(
        _conversations.c.external_id,
        _conversations.c.id.label("conversation_id"),
        _conversations.c.imported_count,
        _conversations.c.imported_digest,
        _conversations.c.imported_title,
        _sessions.c.id.label("session_id"),
        _sessions.c.title,
        _sessions.c.message_count,
        _sessions.c.last_activity_at,
        _sessions.c.forked_at_idx,
        _live.c.session_id.label("live"),
    )
    .outerjoin_from(_conversations, _sessions, _sessions.c.conversation_id == _conversations.c.id)
    .outerjoin(_live, _live.c.session_id == _sessions.c.id)
    .where(
        _conversations.c.owner_id == bindparam("owner"),
        _conversations.c.origin == bindparam("from_origin"),
        _conversations.c.external_id.in_(bindparam("external_ids", expanding=True)),
    )
    .order_by(_conversations.c.id, _sessions.c.id)
)
_LOCK = (
    select(_sessions.c.id)
    .where(_sessions.c.conversation_id.in_(bindparam("conversation_ids", expanding=True)))
    .order_by(_sessions.c.id)
    .with_for_update()
)
_DIGESTS = (
    select(_links.c.session_id, _links.c.digest)
    .where(_links.c.session_id.in_(bindparam("session_ids", expanding=True)))
    .order_by(_links.c.session_id, _links.c.idx)
)


def find_stored(
    connection: Connection, owner_id: str, origin: str, external_ids: Sequence[str], *, lock: bool = False
) -> dict[str, Stored]:
    """Return what is here, by external id. `lock` locks the sessions until the transaction ends."""
    values = {"owner": owner_id, "from_origin": origin, "external_ids": list(external_ids)}
    rows = connection.execute(_FOUND, values).all()
    if lock and rows:
        # All at once and in one order, so that two imports do not wait for each other.
        connection.execute(_LOCK, {"conversation_ids": [row.conversation_id for row in rows]}).close()
        rows = connection.execute(_FOUND, values).all()
    digests: dict[str, list[bytes]] = {}
    session_ids = [row.session_id for row in rows if row.session_id is not None]
    if session_ids:
        for session_id, digest in connection.execute(_DIGESTS, {"session_ids": session_ids}):
            digests.setdefault(session_id, []).append(digest)
    return {
        row.external_id: Stored(
            conversation_id=row.conversation_id,
            imported_count=row.imported_count or 0,
            imported_digest=row.imported_digest,
            imported_title=row.imported_title,
            session_id=row.session_id,
            title=row.title or "",
            message_count=row.message_count or 0,
            last_activity_at=row.last_activity_at,
            forked_at_idx=row.forked_at_idx,
            digests=digests.get(row.session_id, []),
            is_live=row.live is not None,
        )
        for row in rows
    }
