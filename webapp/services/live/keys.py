"""Idempotency keys of requests that begin a live turn.

The key is taken in the transaction that begins the turn, and answered in the one that keeps it: whoever repeats the
request in between follows the same turn, whoever repeats it later gets the same answer, and no crash can part them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import bindparam, delete, select, update

from webapp.models import IdempotencyKey, table_of
from webapp.services.idempotency import StoredAnswer, check_key, expire_keys, find_key, insert_if_free
from webapp.state import current, find, provide

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask import Flask
    from sqlalchemy import Connection

    from webapp.services.live.values import TurnKey
    from webapp.services.users import CurrentUser
    from webapp.services.values import ChatResult


_keys = table_of(IdempotencyKey)


class AnswerForms(dict[str, "Callable[[ChatResult], StoredAnswer]"]):
    """How each door writes an answer that is stored under a key, by the name of its form."""


_waiting = (_keys.c.session_id == bindparam("session")) & _keys.c.status.is_(None)
_FORMS = select(_keys.c.form).where(_waiting).distinct()
_ANSWER = (
    update(_keys)
    .where(_waiting, _keys.c.form == bindparam("of_form"))
    .values(status=bindparam("code"), location=bindparam("place"), body=bindparam("content"))
)
_FREE = delete(_keys).where(_waiting)
_ATTACH = (
    update(_keys)
    .where(_keys.c.owner_id == bindparam("owner"), _keys.c.key == bindparam("name"))
    .values(session_id=bindparam("session"), form=bindparam("of_form"))
)


def add_form(app: Flask, name: str, present: Callable[[ChatResult], StoredAnswer]) -> None:
    """Let a door say in which form answers are kept for its requests."""
    forms = find(AnswerForms, app)
    if forms is None:
        forms = provide(app, AnswerForms())
    forms[name] = present


def take_key(connection: Connection, user: CurrentUser, key: TurnKey) -> StoredAnswer | str | None:
    """Take the key, or return its answer, or the session whose live turn will give it.

    Raises Invalid for an unusable key and KeyReused if it came with another request. A key that was taken by what
    left no live turn is taken over.
    """
    check_key(key.name)
    expire_keys(connection)
    if insert_if_free(connection, user, key.name, key.fingerprint):
        return None
    found = find_key(connection, user, key.name, key.fingerprint)
    return found.answer or found.session_id


def attach_key(connection: Connection, user: CurrentUser, key: TurnKey, session_id: str) -> None:
    """Let a key that was taken wait for the session's live turn."""
    connection.execute(_ATTACH, {"owner": user.id, "name": key.name, "session": session_id, "of_form": key.form})


def answer_keys(connection: Connection, session_id: str, result: ChatResult) -> None:
    """Keep the answer for every key that waits for the session's live turn, each in its form."""
    for form in connection.scalars(_FORMS, {"session": session_id}).all():
        answer = current(AnswerForms)[form](result)
        values = {"session": session_id, "of_form": form, "code": answer.status, "place": answer.location}
        connection.execute(_ANSWER, values | {"content": answer.body})


def free_keys(connection: Connection, session_id: str) -> None:
    """Free the keys that wait for a live turn that comes to nothing."""
    connection.execute(_FREE, {"session": session_id})
