"""The replacements of a chat session."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import bindparam, select

from webapp.database.transaction import read_connection
from webapp.errors import NotFound
from webapp.ids import utc_now
from webapp.models import ChatSession, SessionMessage, table_of
from webapp.models import Replacement as ReplacementModel
from webapp.services.session_rows import read_session_row
from webapp.services.transcripts.keeping import KEPT_FOR
from webapp.services.values import Replacement

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from webapp.services.users import CurrentUser
    from webapp.services.values import SessionRow, TranscriptMessage

_table = table_of(ReplacementModel)
_sessions = table_of(ChatSession)
_links = table_of(SessionMessage)


_OF_SESSION = (
    select(*(_table.c[name] for name in Replacement._fields))
    .join_from(_table, _sessions, _sessions.c.id == _table.c.session_id)
    .where(
        _table.c.session_id == bindparam("session_id"),
        _sessions.c.owner_id == bindparam("owner"),
        _table.c.made_at > bindparam("oldest"),
    )
    .order_by(_table.c.id.desc())
)
_BY_ID = _OF_SESSION.where(_table.c.id == bindparam("replacement_id"))
_UNDOABLE = _OF_SESSION.where(
    _table.c.message_count == bindparam("count"), _table.c.last_message_id == bindparam("last_id")
).limit(1)
_LAST_ID = select(_links.c.message_id).where(
    _links.c.session_id == bindparam("session_id"), _links.c.idx == bindparam("idx")
)


def list_replacements(user: CurrentUser, session_id: str) -> list[tuple[Replacement, bool]]:
    """Return the session's replacements, newest first, and whether each can be undone now. Raises NotFound."""
    connection = read_connection()
    session = read_session_row(connection, user, session_id)
    last_id = last_message_id(connection, session)
    rows = map(Replacement._make, connection.execute(_OF_SESSION, _place(user, session_id)))
    return [(row, not session.archived and row.is_last_change(session, last_id)) for row in rows]


def find_undoable(user: CurrentUser, session: SessionRow, last: TranscriptMessage | None) -> Replacement | None:
    """Return the newest replacement that left the transcript as it is, with `last` as its last message, or None."""
    if last is None or session.archived:
        return None
    values = _place(user, session.id) | {"count": session.message_count, "last_id": last.id}
    row = read_connection().execute(_UNDOABLE, values).first()
    return None if row is None else Replacement._make(row)


def read_replacement(connection: Connection, user: CurrentUser, session_id: str, replacement_id: str) -> Replacement:
    """Return a replacement of the user's session. Raises NotFound."""
    row = connection.execute(_BY_ID, _place(user, session_id) | {"replacement_id": replacement_id}).first()
    if row is None:
        raise NotFound("This change was undone before, or it is too old to be undone. Read the chat again.")
    return Replacement._make(row)


def last_message_id(connection: Connection, session: SessionRow) -> str | None:
    return connection.execute(_LAST_ID, {"session_id": session.id, "idx": session.last_idx}).scalar()


def _place(user: CurrentUser, session_id: str) -> dict[str, object]:
    return {"session_id": session_id, "owner": user.id, "oldest": utc_now() - KEPT_FOR}
