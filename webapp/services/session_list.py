"""The list of chat sessions, a page at a time, along its index."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal
from uuid import UUID

from sqlalchemy import Boolean, Select, false, literal, select, true, tuple_, union_all

from webapp.extensions import db
from webapp.models import ChatSession, table_of
from webapp.models.types import Id, Instant
from webapp.services.cursors import decode_cursor, encode_cursor
from webapp.services.summaries import SUMMARY
from webapp.services.titles import fold
from webapp.services.values import SessionPage, SessionSummary

if TYPE_CHECKING:
    from webapp.services.users import CurrentUser

_table = table_of(ChatSession)
_ORDER = (_table.c.pinned.desc(), _table.c.last_activity_at.desc(), _table.c.id.desc())

PAGE = 50


@dataclass(frozen=True)
class SessionFilter:
    """Which sessions to list: those in use, archived ones, or all; (un)pinned; with words in the title."""

    archived: Literal["no", "only", "all"] = "no"
    pinned: bool | None = None
    title: str = ""

    def kind(self) -> str:
        """Name the list, so that a cursor of one list is refused by another."""
        return f"sessions:{self.archived}:{self.pinned}:{fold(self.title)[:40]}"


def list_sessions(
    user: CurrentUser,
    filters: SessionFilter | None = None,
    *,
    limit: int = PAGE,
    cursor: str | None = None,
) -> SessionPage:
    """Return a page of summaries, pinned first, then by last activity, newest first: one query.

    `limit` is 1 to 100. Raises BadRequest for a cursor that was not made for this list.
    """
    filters = filters or SessionFilter()
    statement = list_statement(user, filters, limit + 1, cursor)
    rows = [SessionSummary._make(row) for row in db.session.connection().execute(statement)]
    following = None
    if len(rows) > limit:
        last = rows[limit - 1]
        following = encode_cursor(filters.kind(), last.pinned, last.last_activity_at.isoformat(), last.id)
    return SessionPage(rows[:limit], following)


def list_statement(user: CurrentUser, filters: SessionFilter, limit: int, cursor: str | None = None) -> Select[Any]:
    """Build the query of a page. Each archived state is a run of the index; both together are merged."""
    position = decode_cursor(filters.kind(), cursor, bool, datetime, UUID) if cursor else None
    states = {"no": (false(),), "only": (true(),), "all": (false(), true())}[filters.archived]
    runs = [_run(user, filters, state, position).limit(limit) for state in states]
    if len(runs) == 1:
        return runs[0]
    merged = union_all(*(select(run.subquery()) for run in runs)).subquery()
    columns = merged.c
    return (
        select(*(columns[name] for name in SessionSummary._fields))
        .order_by(columns.pinned.desc(), columns.last_activity_at.desc(), columns.id.desc())
        .limit(limit)
    )


def _run(user: CurrentUser, filters: SessionFilter, archived: Any, position: list[Any] | None) -> Select[Any]:
    statement = select(*SUMMARY).where(_table.c.owner_id == user.id, _table.c.archived == archived)
    if filters.pinned is not None:
        statement = statement.where(_table.c.pinned == literal(filters.pinned, Boolean))
    for word in fold(filters.title).split():
        statement = statement.where(_table.c.title_folded.contains(word, autoescape=True))
    if position is not None:
        pinned, moment, last_id = position
        place = [literal(pinned, Boolean), literal(moment, Instant), literal(last_id, Id)]
        columns = [_table.c.pinned, _table.c.last_activity_at, _table.c.id]
        # Where `pinned` is given already, naming it again would make SQLite sort all that is left.
        first = 0 if filters.pinned is None else 1
        statement = statement.where(tuple_(*columns[first:]) < tuple_(*place[first:]))
    return statement.order_by(*_ORDER)
