"""The list of chat sessions, page by page along its index."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any, Literal, NamedTuple
from uuid import UUID

from sqlalchemy import Boolean, Integer, Select, Text, bindparam, exists, false, func, select, true, tuple_, union_all

from webapp.database.transaction import read_connection
from webapp.database.types import Id, Instant
from webapp.ids import utc_now
from webapp.models import ChatSession, LiveTurn, SessionTag, table_of
from webapp.services.cursors import decode_cursor, encode_cursor
from webapp.services.heartbeats import DEAD_AFTER
from webapp.services.session_rows import SESSION_ROW
from webapp.services.titles import fold
from webapp.services.values import SessionPage, SessionRow

if TYPE_CHECKING:
    from webapp.services.users import CurrentUser

_table = table_of(ChatSession)
_live = table_of(LiveTurn)
_ORDER = (_table.c.pinned.desc(), _table.c.in_days.desc(), _table.c.last_activity_at.desc(), _table.c.id.desc())
_TAGGED = select(table_of(SessionTag).c.session_id).where(
    table_of(SessionTag).c.tag_id == bindparam("tag_id", type_=Id)
)
_LIMIT = bindparam("most", type_=Integer)

#: Looked up by key for every row. There are never more live turns than writer threads.
_has_heartbeat = _live.c.heartbeat_at.between(bindparam("alive_from"), bindparam("alive_to"))
_IS_WRITTEN = (
    exists().where(_live.c.session_id == _table.c.id, _live.c.state == "writing", _has_heartbeat).label("is_written")
)
_HAS_LIVE_TURN = exists().where(_live.c.session_id == _table.c.id).label("has_live_turn")

PAGE = 50
#: The most rows of a list that continues to a session far down.
FARTHEST = 500
#: Rows after that session.
_MARGIN = 10


@dataclass(frozen=True)
class SessionFilter:
    """Which sessions to list: active, archived or all; pinned or not; by words of the title; with a tag."""

    archived: Literal["no", "only", "all"] = "no"
    pinned: bool | None = None
    title: str = ""
    tag_id: str | None = None

    def kind(self) -> str:
        # The last digits of an id are random. The whole would make long cursors longer than they may be.
        return f"sessions:{self.archived}:{self.pinned}:{fold(self.title)[:40]}:{(self.tag_id or '')[-12:]}"


def list_sessions(
    user: CurrentUser,
    filters: SessionFilter | None = None,
    *,
    limit: int = PAGE,
    cursor: str | None = None,
    through: str | None = None,
) -> SessionPage:
    """Return a page of sessions: pinned, others, and chats with the archivist alone, each by last activity.

    The newest come first. It takes one query.

    `through` is a session that the page continues to, if it is among the first `FARTHEST` of the list; a session
    beyond `limit` takes two more queries. Raises BadRequest for a cursor of another list.
    """
    filters = filters or SessionFilter()
    page = _read_page(user, filters, limit, cursor)
    if through is None or page.next is None or any(row.id == through for row in page.data):
        return page
    place = _place_of(user, through)
    return _read_page(user, filters, place + _MARGIN, cursor) if limit < place <= FARTHEST else page


def _place_of(user: CurrentUser, session_id: str) -> int:
    """Return the place of a session in the list of active sessions, from 1; 0 if it is not there."""
    values = {"session_id": session_id, "owner": user.id}
    return int(read_connection().execute(_place_query(), values).scalar_one())


@cache
def _place_query() -> Select[Any]:
    here = _table.alias()
    here_position, position = (
        tuple_(columns.pinned, columns.in_days, columns.last_activity_at, columns.id) for columns in (here.c, _table.c)
    )
    owner = bindparam("owner", type_=Id)
    is_listed = (
        here.c.id == bindparam("session_id", type_=Id),
        here.c.owner_id == owner,
        here.c.archived == false(),
    )
    return (
        select(func.count())
        .select_from(_table.join(here, position >= here_position))
        .where(_table.c.owner_id == owner, _table.c.archived == false(), *is_listed)
    )


def _read_page(user: CurrentUser, filters: SessionFilter, limit: int, cursor: str | None) -> SessionPage:
    statement, values = list_statement(user, filters, limit + 1, cursor)
    result = read_connection().execute(statement, values).all()
    rows = [SessionRow._make(row[:-2]) for row in result]
    writing = frozenset(row.id for row in result if row.is_written)
    unanswered = frozenset(row.id for row in result if row.has_live_turn and not row.is_written)
    following = None
    if len(rows) > limit:
        last = rows[limit - 1]
        following = encode_cursor(filters.kind(), last.pinned, last.in_days, last.last_activity_at.isoformat(), last.id)
    return SessionPage(rows[:limit], following, writing, unanswered)


def list_statement(
    user: CurrentUser, filters: SessionFilter, limit: int, cursor: str | None = None
) -> tuple[Select[Any], dict[str, Any]]:
    words = fold(filters.title).split()
    now = utc_now()
    values: dict[str, Any] = {"owner": user.id, "most": limit}
    values |= {"alive_from": now - DEAD_AFTER, "alive_to": now + DEAD_AFTER}
    if filters.tag_id is not None:
        values["tag_id"] = filters.tag_id
    values |= {f"word_{number}": _escaped(word) for number, word in enumerate(words)}
    if filters.pinned is not None:
        values["wanted"] = filters.pinned
    if cursor:
        position = decode_cursor(filters.kind(), cursor, bool, bool, datetime, UUID)
        values |= zip(("pinned", "in_days", "moment", "last_id"), position, strict=True)
    by = _By(filters.pinned is not None, filters.tag_id is not None, len(words), bool(cursor))
    return _page_query(filters.archived, by), values


class _By(NamedTuple):
    """What a page is filtered by."""

    pin: bool
    tag: bool
    words: int
    cursor: bool


@lru_cache(maxsize=64)
def _page_query(archived: str, by: _By) -> Select[Any]:
    """Build a statement once. Each archived state is a range of the index; two ranges are merged."""
    states = {"no": (false(),), "only": (true(),), "all": (false(), true())}[archived]
    runs = [_run(state, by) for state in states]
    if len(runs) == 1:
        return runs[0]
    merged = union_all(*(select(run.subquery()) for run in runs)).subquery()
    columns = merged.c
    return (
        select(*(columns[name] for name in SessionRow._fields), columns.is_written, columns.has_live_turn)
        .order_by(columns.pinned.desc(), columns.in_days.desc(), columns.last_activity_at.desc(), columns.id.desc())
        .limit(_LIMIT)
    )


def _run(archived: Any, by: _By) -> Select[Any]:
    of_state = (_table.c.owner_id == bindparam("owner"), _table.c.archived == archived)
    statement = select(*SESSION_ROW, _IS_WRITTEN, _HAS_LIVE_TURN).where(*of_state)
    if by.tag:
        statement = statement.where(_table.c.id.in_(_TAGGED))
    if by.pin:
        statement = statement.where(_table.c.pinned == bindparam("wanted", type_=Boolean))
    for number in range(by.words):
        word = bindparam(f"word_{number}", type_=Text)
        statement = statement.where(_table.c.title_folded.contains(word, escape="/"))
    if by.cursor:
        position = [
            bindparam("pinned", type_=Boolean),
            bindparam("in_days", type_=Boolean),
            bindparam("moment", type_=Instant),
            bindparam("last_id", type_=Id),
        ]
        columns = [_table.c.pinned, _table.c.in_days, _table.c.last_activity_at, _table.c.id]
        # If `pinned` is fixed already, ordering by it again would make SQLite sort all remaining rows.
        first = 1 if by.pin else 0
        statement = statement.where(tuple_(*columns[first:]) < tuple_(*position[first:]))
    return statement.order_by(*_ORDER).limit(_LIMIT)


def _escaped(word: str) -> str:
    return word.replace("/", "//").replace("%", "/%").replace("_", "/_")
