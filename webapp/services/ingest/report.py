"""The report of an import, line by line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from webapp.database.transaction import read_connection
from webapp.models import IngestConversation, table_of
from webapp.services.cursors import decode_cursor, encode_cursor
from webapp.services.ingest.runs import read_run
from webapp.services.ingest.values import Line, LinePage

if TYPE_CHECKING:
    from webapp.services.users import CurrentUser

_lines = table_of(IngestConversation)
_LINE = tuple(_lines.c[name] for name in Line._fields)

PAGE = 50


def read_lines(
    user: CurrentUser, run_id: str, *, state: str | None = None, limit: int = PAGE, cursor: str | None = None
) -> LinePage:
    """Return a page of an import's report, in the order of the upload. `state` filters by one.

    Raises NotFound, and BadRequest for a cursor of another report.
    """
    connection = read_connection()
    read_run(connection, user, run_id)
    kind = f"import:{run_id}:{state or ''}"
    (after,) = decode_cursor(kind, cursor, int) if cursor else (-1,)
    statement = select(*_LINE).where(_lines.c.run_id == run_id, _lines.c.position > after)
    if state:
        statement = statement.where(_lines.c.state == state)
    rows = connection.execute(statement.order_by(_lines.c.position).limit(limit + 1)).all()
    lines = [Line(*row) for row in rows[:limit]]
    return LinePage(lines, encode_cursor(kind, lines[-1].position) if len(rows) > limit else None)
