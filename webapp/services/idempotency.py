"""Idempotency keys: a creating request that is sent twice with one key creates once.

See the draft "The Idempotency-Key HTTP Header Field" (draft-ietf-httpapi-idempotency-key-header).

A service takes the key first in its own write transaction and stores the answer last in the same one, so the key, the
answer and what they stand for are committed together or not at all. A second request waits for the transaction of the
first: on PostgreSQL in `INSERT … ON CONFLICT DO NOTHING`, on SQLite for the write lock.
"""

from __future__ import annotations

from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias, cast

from sqlalchemy import bindparam, delete, select, update

from webapp.errors import Invalid, KeyReused
from webapp.ids import utc_now
from webapp.models import IdempotencyKey, table_of
from webapp.state import current, find, provide

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask import Flask
    from sqlalchemy import Connection
    from sqlalchemy.sql.dml import ReturningInsert

    from webapp.services.users import CurrentUser

    Form: TypeAlias = "Callable[[Any], StoredAnswer]"

_keys = table_of(IdempotencyKey)
_EXPIRES_AFTER = timedelta(hours=24)
_LONGEST = 255

_mine = (_keys.c.owner_id == bindparam("owner")) & (_keys.c.key == bindparam("name"))
_SELECT = select(_keys.c.fingerprint, _keys.c.session_id, _keys.c.status, _keys.c.location, _keys.c.body).where(_mine)
_EXPIRE = delete(_keys).where(_keys.c.created_at < bindparam("oldest"))
_DELETE_ABANDONED = delete(_keys).where(_mine, _keys.c.status.is_(None), _keys.c.session_id.is_(None))
_ANSWER = (
    update(_keys).where(_mine).values(status=bindparam("code"), location=bindparam("place"), body=bindparam("content"))
)


class RequestKey(NamedTuple):
    """An idempotency key, the hash of its request, and the name of the form in which its answer is stored."""

    name: str
    fingerprint: str
    form: str


class StoredAnswer(NamedTuple):
    """The answer to an earlier request with the same key."""

    status: int
    location: str | None
    body: bytes


class AlreadyAnswered(Exception):
    """The key of a request has an answer: the service stores nothing, and the door replays `answer`."""

    def __init__(self, answer: StoredAnswer) -> None:
        super().__init__()
        self.answer = answer


class AnswerForms(dict[str, "Form"]):
    """How doors turn results into stored answers, by the name of the form."""


def add_form(app: Flask, name: str, present: Form) -> None:
    """Register how a door turns a service's result into the answer that is stored for keys of this form."""
    forms = find(AnswerForms, app)
    if forms is None:
        forms = provide(app, AnswerForms())
    forms[name] = present


def present_as(form: str, result: Any) -> StoredAnswer:
    """Return the answer that a door makes of a service's result."""
    return current(AnswerForms)[form](result)


def begin_once(connection: Connection, user: CurrentUser, key: RequestKey | None) -> None:
    """Take the key, if there is one, for what the caller's transaction is about to store.

    Raises AlreadyAnswered if it was stored before, and what `take_key` raises.
    """
    if key is not None:
        taken = take_key(connection, user, key)
        if isinstance(taken, StoredAnswer):
            raise AlreadyAnswered(taken)


def end_once(connection: Connection, user: CurrentUser, key: RequestKey | None, result: Any) -> None:
    """Store the answer of the key, if there is one, in the caller's transaction: the result in the key's form."""
    if key is not None:
        answer = present_as(key.form, result)
        values = {"code": answer.status, "place": answer.location, "content": answer.body}
        connection.execute(_ANSWER, {"owner": user.id, "name": key.name, **values})


def take_key(connection: Connection, user: CurrentUser, key: RequestKey) -> StoredAnswer | str | None:
    """Take the key in the caller's transaction: return None.

    Return its answer if it has one, or the id of the session whose live turn will give it. Raises Invalid for an
    unusable key and KeyReused if it came with another request.
    """
    _check(key.name)
    connection.execute(_EXPIRE, {"oldest": utc_now() - _EXPIRES_AFTER})
    own = {"owner": user.id, "name": key.name}
    row = own | {"fingerprint": key.fingerprint, "at": utc_now()}
    while connection.execute(_insert_statement(connection.dialect.name), row).first() is None:
        found = connection.execute(_SELECT, own).first()
        if found is None:
            # It expired, or was freed, between the two statements.
            continue
        if found.fingerprint != key.fingerprint:
            raise KeyReused("This Idempotency-Key was used for another request. Choose a new key for a new request.")
        if found.status is not None:
            return StoredAnswer(found.status, found.location, found.body)
        if found.session_id is not None:
            return str(found.session_id)
        # The session that would have answered it was deleted.
        connection.execute(_DELETE_ABANDONED, own)
    return None


def _check(name: str) -> None:
    if not 1 <= len(name) <= _LONGEST or not name.isascii() or not name.isprintable() or " " in name:
        raise Invalid.field(
            "Idempotency-Key",
            "format",
            f"The Idempotency-Key must be 1 to {_LONGEST} printable ASCII characters without spaces.",
        )


@cache
def _insert_statement(dialect: str) -> ReturningInsert[tuple[str]]:
    if dialect == "sqlite":
        from sqlalchemy.dialects import sqlite

        insert: Any = sqlite.insert
    else:
        from sqlalchemy.dialects import postgresql

        insert = postgresql.insert
    values: dict[str, Any] = {
        "owner_id": bindparam("owner"),
        "key": bindparam("name"),
        "fingerprint": bindparam("fingerprint"),
        "created_at": bindparam("at"),
    }
    statement = insert(_keys).values(values).on_conflict_do_nothing().returning(_keys.c.key)
    return cast("ReturningInsert[tuple[str]]", statement)
