"""The audit log of accounts: action, time, client and address. It never contains content."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple
from uuid import UUID

from sqlalchemy import delete, insert, select

from webapp.database.transaction import read_connection
from webapp.ids import new_id, utc_now
from webapp.models import AuditEvent, table_of
from webapp.services.cursors import decode_cursor, encode_cursor

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from webapp.services.users import CurrentUser

_events = table_of(AuditEvent)
_INSERT = insert(_events)
_RETENTION = timedelta(days=365)
#: Events under unknown names belong to no account and are kept for a shorter time.
_RETENTION_OF_UNKNOWN = timedelta(days=30)
_MAX_VIA = 100

PAGE = 50


class Event(NamedTuple):
    """One entry. `about` names its object: a token, a chat or an account."""

    id: str
    at: datetime
    kind: str
    via: str
    address: str
    about: str


class EventPage(NamedTuple):
    """A page of the audit log, newest first, and the next page's cursor."""

    data: list[Event]
    next: str | None


_SELECT = select(*(_events.c[name] for name in Event._fields)).order_by(_events.c.id.desc())


def record(connection: Connection, user: CurrentUser, kind: str, about: str = "") -> None:
    """Insert an event of the user's, in the caller's transaction."""
    record_of(connection, user.id, kind, about=about, via=user.via, address=user.address)


def record_of(
    connection: Connection, user_id: str | None, kind: str, *, about: str = "", via: str = "", address: str = ""
) -> None:
    """Insert an event of an account, or of an unknown name if `user_id` is None, in the caller's transaction."""
    row = {"id": new_id(), "user_id": user_id, "at": utc_now(), "kind": kind, "about": about}
    connection.execute(_INSERT, row | {"via": via[:_MAX_VIA], "address": address})


def has_recent_event(user: CurrentUser, kind: str, period: timedelta) -> bool:
    """Return whether the log has a recent event of this kind with the same client and address."""
    same = (_events.c.kind == kind) & (_events.c.via == user.via[:_MAX_VIA]) & (_events.c.address == user.address)
    time = (_events.c.user_id == user.id) & (_events.c.id >= _first_id(utc_now() - period))
    return read_connection().execute(select(_events.c.id).where(time, same).limit(1)).first() is not None


def list_events(user: CurrentUser, *, limit: int = PAGE, cursor: str | None = None) -> EventPage:
    """Return a page of the user's audit log, newest first. Raises BadRequest for a cursor of another list."""
    statement = _SELECT.where(_events.c.user_id == user.id).limit(limit + 1)
    if cursor:
        (last_id,) = decode_cursor("trail", cursor, UUID)
        statement = statement.where(_events.c.id < str(last_id))
    rows = [Event._make(row) for row in read_connection().execute(statement)]
    following = encode_cursor("trail", rows[limit - 1].id) if len(rows) > limit else None
    return EventPage(rows[:limit], following)


def delete_old_events(connection: Connection, user_id: str | None) -> None:
    """Delete the expired events of an account, or of unknown names if `user_id` is None."""
    retention = _RETENTION if user_id else _RETENTION_OF_UNKNOWN
    of_account = _events.c.user_id == user_id if user_id else _events.c.user_id.is_(None)
    connection.execute(delete(_events).where(of_account, _events.c.id < _first_id(utc_now() - retention)))


def _first_id(moment: datetime) -> str:
    """Return the smallest id of a moment. UUIDv7 begin with their time, so a time range is an index range."""
    milliseconds = int(moment.timestamp() * 1000)
    return str(UUID(int=milliseconds << 80 | 0x7 << 76 | 0b10 << 62))
