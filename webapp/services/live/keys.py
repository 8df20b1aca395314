"""Idempotency keys of requests that begin a live turn.

The transaction that begins the turn takes the key, and the one that ends the turn stores the answer. A request that
repeats the key in between follows the same turn. A later one gets the stored answer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import bindparam, delete, select, update

from webapp.models import IdempotencyKey, table_of
from webapp.services.idempotency import present_as

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from webapp.services.idempotency import RequestKey
    from webapp.services.users import CurrentUser
    from webapp.services.values import ChatResult

_keys = table_of(IdempotencyKey)


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


def attach_key(connection: Connection, user: CurrentUser, key: RequestKey, session_id: str) -> None:
    """Attach a taken key to the session's live turn. The end of the turn will answer it."""
    connection.execute(_ATTACH, {"owner": user.id, "name": key.name, "session": session_id, "of_form": key.form})


def answer_keys(connection: Connection, session_id: str, result: ChatResult) -> None:
    """Store the answer of every key that waits for the session's live turn, in the form of the key's door."""
    for form in connection.scalars(_FORMS, {"session": session_id}).all():
        answer = present_as(form, result)
        values = {"session": session_id, "of_form": form, "code": answer.status, "place": answer.location}
        connection.execute(_ANSWER, values | {"content": answer.body})


def free_keys(connection: Connection, session_id: str) -> None:
    """Delete the keys that wait for a discarded live turn, so that a request may use them again."""
    connection.execute(_FREE, {"session": session_id})
