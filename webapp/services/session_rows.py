"""The row of a chat session."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import Select, bindparam, select

from webapp.errors import NotFound
from webapp.models import ChatSession, table_of
from webapp.services.values import SessionRow

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from webapp.services.users import CurrentUser

_table = table_of(ChatSession)

#: The columns of a SessionRow, in the order of its fields.
SESSION_ROW = tuple(_table.c[name] for name in SessionRow._fields)

_BY_ID: Select[tuple[object, ...]] = select(*SESSION_ROW).where(
    _table.c.id == bindparam("session_id"), _table.c.owner_id == bindparam("owner_id")
)


def read_session_row(connection: Connection, user: CurrentUser, session_id: str, *, lock: bool = False) -> SessionRow:
    """Return the user's session. `lock` locks the row until the transaction ends.

    Raises NotFound, also for another user's session.
    """
    statement = _BY_ID.with_for_update() if lock else _BY_ID
    row = connection.execute(statement, {"session_id": session_id, "owner_id": user.id}).first()
    if row is None:
        raise NotFound("There is no such chat. It may have been deleted permanently. Choose another one from the list.")
    return SessionRow._make(row)
