"""The trail: what was done with an account, when, by which way and from where. Never what was said."""

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
_KEPT = timedelta(days=365)
#: What is tried under names that nobody has is of no account, and of interest for less time.
_KEPT_OF_NOBODY = timedelta(days=30)
_LONGEST_VIA = 100

PAGE = 50


class Event(NamedTuple):
    """One thing that was done. `about` names what it was done to: a token, a chat, an account."""

    id: str
    at: datetime
    kind: str
    via: str
    address: str
    about: str


class EventPage(NamedTuple):
    """A page of the trail, newest first, and the cursor of the next."""

    data: list[Event]
    next: str | None


_SELECT = select(*(_events.c[name] for name in Event._fields)).order_by(_events.c.id.desc())


def record(connection: Connection, user: CurrentUser, kind: str, about: str = "") -> None:
    """Write an event of the user's own, in the caller's transaction."""
    record_of(connection, user.id, kind, about=about, via=user.via, address=user.address)


def record_of(
    connection: Connection, user_id: str | None, kind: str, *, about: str = "", via: str = "", address: str = ""
) -> None:
    """Write an event of an account's, in the caller's transaction; without an account, of nobody's."""
    row = {"id": new_id(), "user_id": user_id, "at": utc_now(), "kind": kind, "about": about}
    connection.execute(_INSERT, row | {"via": via[:_LONGEST_VIA], "address": address})


def was_told(user: CurrentUser, kind: str, lately: timedelta) -> bool:
    """Say whether the trail has such an event already, by the same way and from the same address."""
    same = (_events.c.kind == kind) & (_events.c.via == user.via[:_LONGEST_VIA]) & (_events.c.address == user.address)
    time = (_events.c.user_id == user.id) & (_events.c.id >= _first_id(utc_now() - lately))
    return read_connection().execute(select(_events.c.id).where(time, same).limit(1)).first() is not None


def list_events(user: CurrentUser, *, limit: int = PAGE, cursor: str | None = None) -> EventPage:
    """Return a page of the user's trail, newest first. Raises BadRequest for a cursor made for something else."""
    statement = _SELECT.where(_events.c.user_id == user.id).limit(limit + 1)
    if cursor:
        (last_id,) = decode_cursor("trail", cursor, UUID)
        statement = statement.where(_events.c.id < str(last_id))
    rows = [Event._make(row) for row in read_connection().execute(statement)]
    following = encode_cursor("trail", rows[limit - 1].id) if len(rows) > limit else None
    return EventPage(rows[:limit], following)


def forget_old_events(connection: Connection, user_id: str | None) -> None:
    """Cut off what is older than it is kept, of an account or of nobody."""
    kept = _KEPT if user_id else _KEPT_OF_NOBODY
    mine = _events.c.user_id == user_id if user_id else _events.c.user_id.is_(None)
    connection.execute(delete(_events).where(mine, _events.c.id < _first_id(utc_now() - kept)))


def _first_id(moment: datetime) -> str:
    """Return the least id of a moment. Ids begin with their time (UUIDv7): times are ranges of the index."""
    milliseconds = int(moment.timestamp() * 1000)
    return str(UUID(int=milliseconds << 80 | 0x7 << 76 | 0b10 << 62))
