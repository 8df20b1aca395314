"""The tags of chat sessions, in the caller's transaction."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import bindparam, delete, insert, select, update

from webapp.database.types import Id
from webapp.ids import utc_now
from webapp.models import ChatSession, SessionTag, table_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from sqlalchemy import Connection

#: The most tags of a session.
MOST_OF_SESSION = 50

_links = table_of(SessionTag)
_sessions = table_of(ChatSession)

_LINKED = select(_links.c.tag_id).where(_links.c.session_id == bindparam("of_session"))
_LINK = insert(_links)
_UNLINK = delete(_links).where(
    _links.c.session_id == bindparam("of_session"), _links.c.tag_id.in_(bindparam("ids", expanding=True))
)
_COPY = insert(_links).from_select(
    ["session_id", "tag_id"],
    select(bindparam("into", type_=Id), _links.c.tag_id).where(_links.c.session_id == bindparam("source")),
)
_FORGET = delete(_links).where(_links.c.session_id == bindparam("of_session"))
_MOVED = (
    update(_sessions)
    .where(_sessions.c.id == bindparam("moved"))
    .values(revision=_sessions.c.revision + 1, updated_at=bindparam("now"))
)


def tag_session(connection: Connection, session_id: str, tag_ids: Iterable[str]) -> list[str]:
    """Give a session tags of its owner, and return the ids of those that it did not have. Its revision rises for them.

    Tags beyond `MOST_OF_SESSION` are left out. The caller has locked the session, or inserted it in this transaction.
    """
    had = linked_tags(connection, session_id)
    wanted = [id_ for id_ in dict.fromkeys(tag_ids) if id_ not in had]
    new = wanted[: max(0, MOST_OF_SESSION - len(had))]
    if new:
        link(connection, session_id, new)
        raise_revisions(connection, [session_id])
    return new


def linked_tags(connection: Connection, session_id: str) -> set[str]:
    """Return the ids of a session's tags."""
    return set(connection.scalars(_LINKED, {"of_session": session_id}))


def link(connection: Connection, session_id: str, tag_ids: Collection[str]) -> None:
    """Add tags that a session does not have. The caller raises its revision."""
    if tag_ids:
        connection.execute(_LINK, [{"session_id": session_id, "tag_id": id_} for id_ in sorted(tag_ids)])


def unlink(connection: Connection, session_id: str, tag_ids: Collection[str]) -> None:
    """Remove tags from a session. The caller raises its revision."""
    if tag_ids:
        connection.execute(_UNLINK, {"of_session": session_id, "ids": sorted(tag_ids)})


def raise_revisions(connection: Connection, session_ids: Collection[str]) -> None:
    """Say that what these sessions show was changed by their user."""
    if session_ids:
        now = utc_now()
        connection.execute(_MOVED, [{"moved": id_, "now": now} for id_ in session_ids])


def copy_tags(connection: Connection, source_id: str, into_id: str) -> None:
    """Give a new chat the tags of another one."""
    connection.execute(_COPY, {"source": source_id, "into": into_id})


def forget_tags(connection: Connection, session_id: str) -> None:
    """Remove the tags of a session that is deleted."""
    connection.execute(_FORGET, {"of_session": session_id})
