"""Queries for the rows of live turns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import JSON, Integer, Text, bindparam, case, cast, column, func, select

from webapp.database.types import Id
from webapp.errors import NotFound
from webapp.models import ChatSession, SessionMessage, table_of
from webapp.models import LiveTurn as LiveTurnModel
from webapp.services.live.values import LiveTurn
from webapp.services.workers.clock import is_silent

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import ColumnElement, Connection, Function, Row, Select

    from webapp.services.users import CurrentUser

table = table_of(LiveTurnModel)
_sessions = table_of(ChatSession)
_links = table_of(SessionMessage)


def _thought(is_wanted: ColumnElement[bool]) -> tuple[ColumnElement[Any], ...]:
    """Return the columns of the reasoning, which only a follower without text reads: it comes before the text."""
    reasoning = case((is_wanted, table.c.reasoning))
    return reasoning.label("reasoning"), table.c.reasoning_seconds, table.c.restarts


#: The columns of a LiveTurn, in its order.
LIVE = tuple(table.c[name] for name in LiveTurn._fields)
_OWNED = (
    select(*LIVE)
    .join_from(table, _sessions, _sessions.c.id == table.c.session_id)
    .where(table.c.session_id == bindparam("session_id"), _sessions.c.owner_id == bindparam("owner"))
)
_SINCE = (
    select(
        table.c.attempt,
        table.c.state,
        table.c.heartbeat_at,
        func.substr(table.c.partial, bindparam("seen") + 1).label("more"),
        *_thought(bindparam("seen") == 0),
    )
    .join_from(table, _sessions, _sessions.c.id == table.c.session_id)
    .where(table.c.session_id == bindparam("session_id"), _sessions.c.owner_id == bindparam("owner"))
)
_PLACE = (
    select(_links.c.idx)
    .join_from(_links, _sessions, _sessions.c.id == _links.c.session_id)
    .where(
        _links.c.message_id == bindparam("message_id"),
        _links.c.session_id == bindparam("session_id"),
        _sessions.c.owner_id == bindparam("owner"),
    )
)


def _all_since(each: Function[Any]) -> Select[Any]:
    """Build the query for the new text of many attempts: one JSON parameter in, one row for each attempt out."""
    seen = each.table_valued(column("key", Text), column("value", Text), name="seen")
    return (
        select(
            _sessions.c.owner_id,
            table.c.attempt,
            table.c.state,
            table.c.heartbeat_at,
            func.substr(table.c.partial, cast(seen.c.value, Integer) + 1).label("more"),
            *_thought(cast(seen.c.value, Integer) == 0),
        )
        .join_from(seen, table, table.c.attempt == cast(seen.c.key, Id))
        .join(_sessions, _sessions.c.id == table.c.session_id)
    )


_seen = bindparam("seen", type_=JSON)
_ALL_SINCE = {
    "sqlite": _all_since(func.json_each(_seen)),
    "postgresql": _all_since(func.json_each_text(_seen)),
}


def find_live(connection: Connection, user: CurrentUser, session_id: str) -> LiveTurn | None:
    """Return the live turn of the user's session, or None."""
    row = connection.execute(_OWNED, {"session_id": session_id, "owner": user.id}).first()
    return None if row is None else LiveTurn._make(row)


def read_live(connection: Connection, user: CurrentUser, session_id: str) -> LiveTurn:
    """Return the live turn of the user's session. Raises NotFound."""
    live = find_live(connection, user, session_id)
    if live is None:
        raise NotFound("This chat has no answer in progress. Read its messages to see finished answers.")
    return live


def read_since(connection: Connection, user: CurrentUser, session_id: str, seen: int) -> Any:
    """Return the row's attempt, state, heartbeat, text after the first `seen` characters and reasoning, or None."""
    return connection.execute(_SINCE, {"session_id": session_id, "owner": user.id, "seen": seen}).first()


def read_all_since(connection: Connection, seen: Mapping[str, int]) -> dict[str, Row[Any]]:
    """Return the rows of many attempts by attempt, each as `read_since` returns it and with its `owner_id`.

    `seen` has the number of known characters for each attempt. The rows of all users are read: the caller must compare
    `owner_id`.
    """
    rows = connection.execute(_ALL_SINCE[connection.dialect.name], {"seen": dict(seen)})
    return {row.attempt: row for row in rows}


def find_idx(connection: Connection, user: CurrentUser, session_id: str, message_id: str) -> int | None:
    """Return the `idx` of a message in the user's session, or None."""
    values = {"session_id": session_id, "message_id": message_id, "owner": user.id}
    return connection.execute(_PLACE, values).scalar()


def heartbeat_stopped(live: Any) -> bool:
    """Say whether the heartbeat of a live turn, or of its row, has stopped: its process is taken for dead."""
    return bool(live.state == "writing" and is_silent(live.heartbeat_at))
