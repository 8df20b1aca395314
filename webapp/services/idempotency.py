"""Idempotency keys: a creating request that is sent twice with one key creates once.

See the draft "The Idempotency-Key HTTP Header Field" (draft-ietf-httpapi-idempotency-key-header).
"""

from __future__ import annotations

from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import bindparam, delete, select, update

from webapp.database.transaction import read_connection, writing
from webapp.errors import Invalid, KeyReused, RequestInFlight
from webapp.ids import utc_now
from webapp.models import IdempotencyKey, table_of

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection
    from sqlalchemy.sql.dml import ReturningInsert

    from webapp.services.users import CurrentUser

_keys = table_of(IdempotencyKey)
_LIFETIME = timedelta(hours=24)
#: Requests with such a key create or append something and wait for nothing.
_MAX_REQUEST_TIME = timedelta(minutes=2)
_MAX_LENGTH = 255

_own_key = (_keys.c.owner_id == bindparam("owner")) & (_keys.c.key == bindparam("name"))
_SELECT = select(
    _keys.c.fingerprint, _keys.c.created_at, _keys.c.session_id, _keys.c.status, _keys.c.location, _keys.c.body
).where(_own_key)
_DELETE = delete(_keys).where(_own_key)
_EXPIRE = delete(_keys).where(_keys.c.created_at < bindparam("oldest"))


class StoredAnswer(NamedTuple):
    status: int
    location: str | None
    body: bytes


class Reservation(NamedTuple):
    """A key reserved for a request that is about to run."""

    owner_id: str
    key: str

    def keep(self, answer: StoredAnswer) -> None:
        """Store the response in the open transaction, together with the changes that it describes."""
        statement = update(_keys).where(_keys.c.owner_id == self.owner_id, _keys.c.key == self.key)
        read_connection().execute(statement.values(**answer._asdict()))


class FoundKey(NamedTuple):
    """A key that was used before: its response, or else the session whose live turn will produce it."""

    answer: StoredAnswer | None
    session_id: str | None
    created_at: datetime


def reserve_key(user: CurrentUser, key: str, fingerprint: str) -> Reservation | StoredAnswer:
    """Reserve the key for a request with this `fingerprint`, or return the stored response.

    `fingerprint` is a hash of method, path and body. Raises Invalid for an unusable key, KeyReused if it came with
    another request, and RequestInFlight while that request runs. The key of a request that died with its process
    becomes free after the longest time that a request can run.
    """
    check_key(key)
    with writing() as connection:
        expire_keys(connection)
        if insert_if_free(connection, user, key, fingerprint):
            return Reservation(user.id, key)
        found = find_key(connection, user, key, fingerprint)
        if found.answer is not None:
            return found.answer
        if utc_now() - found.created_at < _MAX_REQUEST_TIME:
            raise RequestInFlight(
                "The first request with this Idempotency-Key is still running. Ask again shortly.",
                headers={"Retry-After": "2"},
            )
        # Delete only the row that was read: another request may have reserved the key by now.
        own = {"owner": user.id, "name": key}
        connection.execute(_DELETE.where(_keys.c.created_at == found.created_at), own)
        if not insert_if_free(connection, user, key, fingerprint):
            raise RequestInFlight("A request with this Idempotency-Key has just begun. Ask again shortly.")
    return Reservation(user.id, key)


def check_key(key: str) -> None:
    """Raise Invalid unless the key is 1 to 255 printable ASCII characters without spaces."""
    if not 1 <= len(key) <= _MAX_LENGTH or not key.isascii() or not key.isprintable() or " " in key:
        raise Invalid.field(
            "Idempotency-Key",
            "format",
            f"The Idempotency-Key must be 1 to {_MAX_LENGTH} printable ASCII characters without spaces.",
        )


def expire_keys(connection: Connection) -> None:
    connection.execute(_EXPIRE, {"oldest": utc_now() - _LIFETIME})


def insert_if_free(connection: Connection, user: CurrentUser, key: str, fingerprint: str) -> bool:
    """Reserve the key and return True if it is free. On PostgreSQL this waits for a concurrent reservation."""
    row = {"owner_id": user.id, "key": key, "fingerprint": fingerprint, "created_at": utc_now()}
    return connection.execute(_insert_statement(connection.dialect.name), row).first() is not None


def find_key(connection: Connection, user: CurrentUser, key: str, fingerprint: str) -> FoundKey:
    """Return a used key. Raises KeyReused if it came with another request."""
    row = connection.execute(_SELECT, {"owner": user.id, "name": key}).first()
    if row is None:
        raise RequestInFlight("A request with this Idempotency-Key has just ended. Ask again.")
    if row.fingerprint != fingerprint:
        raise KeyReused("This Idempotency-Key was used for another request. Choose a new one for a new request.")
    answer = None if row.status is None else StoredAnswer(row.status, row.location, row.body)
    return FoundKey(answer, row.session_id, row.created_at)


def release_key(reservation: Reservation) -> None:
    """Free the key of a failed request, so that the request can be repeated."""
    with writing() as connection:
        statement = _DELETE.where(_keys.c.status.is_(None))
        connection.execute(statement, {"owner": reservation.owner_id, "name": reservation.key})


@cache
def _insert_statement(dialect: str) -> ReturningInsert[tuple[str]]:
    if dialect == "sqlite":
        from sqlalchemy.dialects import sqlite

        return sqlite.insert(_keys).on_conflict_do_nothing().returning(_keys.c.key)
    from sqlalchemy.dialects import postgresql

    return postgresql.insert(_keys).on_conflict_do_nothing().returning(_keys.c.key)
