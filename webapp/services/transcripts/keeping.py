"""Replaced messages that an undo can put back: links apart from the transcript. No message is copied."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, delete, func, insert, literal, select

from webapp.database.types import Id
from webapp.ids import new_id, utc_now
from webapp.models import ChatSession, KeptMessage, Message, Replacement, SessionMessage, table_of
from webapp.services.instructions.tails import forget_kept, keep_tail, last_digest_before, put_back
from webapp.services.transcripts.orphans import delete_orphans

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Column, Connection, Table

    from webapp.services.users import CurrentUser

_sessions = table_of(ChatSession)
_links = table_of(SessionMessage)
_messages = table_of(Message)
_replacements = table_of(Replacement)
_kept = table_of(KeptMessage)

#: For how long a replaced message can be put back.
KEPT_FOR = timedelta(days=30)


def _digest(table: Table) -> tuple[Column[Any], Column[Any]]:
    return table.c.digest, table.c.digest_version


_from_first = (_links.c.session_id == bindparam("session_id")) & (_links.c.idx >= bindparam("first_idx"))
_BASE_DIGEST = select(_links.c.digest).where(
    _links.c.session_id == bindparam("session_id"), _links.c.idx == bindparam("first_idx") - literal(1)
)
_COUNT = select(func.count()).select_from(_links).where(_from_first)
_INSERT = insert(_replacements)
_KEEP = insert(_kept).from_select(
    ["replacement_id", "idx", "message_id", "seq", "digest", "digest_version"],
    select(bindparam("kept_by", type_=Id), _links.c.idx, _links.c.message_id, _messages.c.seq, *_digest(_links))
    .join_from(_links, _messages, _messages.c.id == _links.c.message_id)
    .where(_from_first),
)
_PUT_BACK = insert(_links).from_select(
    ["session_id", "idx", "message_id", "digest", "digest_version"],
    select(bindparam("into", type_=Id), _kept.c.idx, _kept.c.message_id, *_digest(_kept)).where(
        _kept.c.replacement_id == bindparam("kept_by")
    ),
)
_UNLINK = delete(_links).where(_from_first).returning(_links.c.message_id)
_OLD = (
    select(_replacements.c.id)
    .join_from(_replacements, _sessions, _sessions.c.id == _replacements.c.session_id)
    .where(_sessions.c.owner_id == bindparam("owner"), _replacements.c.made_at < bindparam("oldest"))
)
_OF_SESSION = select(_replacements.c.id).where(_replacements.c.session_id == bindparam("session_id"))
_FORGET = (
    delete(_kept).where(_kept.c.replacement_id.in_(bindparam("ids", expanding=True))).returning(_kept.c.message_id)
)
_DELETE = delete(_replacements).where(_replacements.c.id.in_(bindparam("ids", expanding=True)))


def replace_tail(
    connection: Connection,
    session_id: str,
    first_idx: int,
    *,
    kind: str,
    message_count: int,
    last_message_id: str,
    now: datetime,
    forked_at_idx: int | None,
) -> str | None:
    """Unlink the messages from `first_idx` on and keep them. The caller then links others, `message_count` in all.

    `last_message_id` is the last of those, and `forked_at_idx` the session's value before the change. The caller has
    locked the session. Return the replacement's id, or None: without messages to unlink nothing is kept.
    """
    place = {"session_id": session_id, "first_idx": first_idx}
    row: dict[str, Any] = {
        "id": new_id(),
        "made_at": now,
        "kind": kind,
        "base_digest": connection.execute(_BASE_DIGEST, place).scalar(),
        "message_count": message_count,
        "last_message_id": last_message_id,
        "forked_at_idx": forked_at_idx,
    }
    count = connection.execute(_COUNT, place).scalar_one()
    if not count:
        return None
    row["base_instructions_digest"] = last_digest_before(connection, session_id, first_idx)
    connection.execute(_INSERT, row | place | {"kept_count": count})
    connection.execute(_KEEP, place | {"kept_by": row["id"]})
    connection.execute(_UNLINK, place).close()
    keep_tail(connection, session_id, first_idx, row["id"])
    return str(row["id"])


def link_kept(connection: Connection, session_id: str, replacement_id: str) -> None:
    """Link the kept messages to a session that ends where they begin."""
    connection.execute(_PUT_BACK, {"into": session_id, "kept_by": replacement_id})
    put_back(connection, session_id, replacement_id)


def forget(connection: Connection, replacement_ids: list[str]) -> list[str]:
    """Delete replacements. Return the ids of their messages, which the caller deletes if nothing else holds them."""
    if not replacement_ids:
        return []
    message_ids = list(connection.scalars(_FORGET, {"ids": replacement_ids}))
    forget_kept(connection, replacement_ids)
    connection.execute(_DELETE, {"ids": replacement_ids})
    return message_ids


def forget_old(connection: Connection, user: CurrentUser) -> None:
    """Delete what the user's replacements kept for longer than `KEPT_FOR`."""
    values = {"owner": user.id, "oldest": utc_now() - KEPT_FOR}
    delete_orphans(connection, forget(connection, list(connection.scalars(_OLD, values))))


def forget_of_session(connection: Connection, session_id: str) -> list[str]:
    """Delete the replacements of a session that is deleted. Return the ids of their messages."""
    return forget(connection, list(connection.scalars(_OF_SESSION, {"session_id": session_id})))
