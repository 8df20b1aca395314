"""Chats made elsewhere have the dates of their messages.

Until now they had the date on which they were appended. Whether a message was given its time is not stored, but its id
contains the time of the insertion: a message that is older than its id came from elsewhere. Only chats whose messages
all came from elsewhere are changed.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import groupby
from typing import TYPE_CHECKING, Any
from uuid import UUID

import sqlalchemy as sa
from alembic import op

if TYPE_CHECKING:
    from collections.abc import Iterator

revision = "0017"
down_revision = "0014"
branch_labels = None
depends_on = None

Id = sa.Uuid(as_uuid=False).with_variant(sa.String(36), "sqlite")
Instant = sa.DateTime(timezone=True).with_variant(sa.String(27), "sqlite")

#: More than the time that an insertion waits for a lock.
TOLERANCE = timedelta(minutes=10)
BATCH = 1_000

SESSIONS = sa.table(
    "sessions",
    sa.column("id", Id),
    sa.column("conversation_id", Id),
    sa.column("revision", sa.Integer),
    sa.column("created_at", Instant),
    sa.column("last_activity_at", Instant),
)
LINKS = sa.table("session_messages", *map(sa.column, ("session_id", "idx", "message_id")))
MESSAGES = sa.table("messages", *map(sa.column, ("id", "conversation_id")), sa.column("create_time", Instant))

ROWS = (
    sa.select(
        LINKS.c.session_id,
        LINKS.c.idx,
        MESSAGES.c.id,
        MESSAGES.c.create_time,
        SESSIONS.c.created_at,
        (MESSAGES.c.conversation_id == SESSIONS.c.conversation_id).label("is_own"),
    )
    .join_from(LINKS, MESSAGES, MESSAGES.c.id == LINKS.c.message_id)
    .join(SESSIONS, SESSIONS.c.id == LINKS.c.session_id)
    .order_by(LINKS.c.session_id, LINKS.c.idx)
    .limit(BATCH)
)


def upgrade() -> None:
    connection = op.get_bind()
    for session_id, group in groupby(_rows(connection), key=lambda row: row.session_id):
        messages = list(group)
        if all(row.is_own and _is_from_elsewhere(row) for row in messages):
            _date(connection, session_id, messages)


def downgrade() -> None:
    """Leave the dates: those of the insertion are not stored, and the earlier revisions accept these."""


def _rows(connection: sa.Connection) -> Iterator[sa.Row[Any]]:
    """Walk through every transcript in its order, a bounded number of messages at a time."""
    page = connection.execute(ROWS).all()
    while page:
        yield from page
        place = (page[-1].session_id, page[-1].idx)
        page = connection.execute(ROWS.where(sa.tuple_(LINKS.c.session_id, LINKS.c.idx) > place)).all()


def _is_from_elsewhere(row: sa.Row[Any]) -> bool:
    milliseconds = UUID(str(row.id)).int >> 80
    inserted_at = datetime.fromtimestamp(milliseconds / 1000, UTC)
    return _moment(row.create_time) < inserted_at - TOLERANCE


def _date(connection: sa.Connection, session_id: Any, messages: list[sa.Row[Any]]) -> None:
    """Date a session. What it shows changes, so its revision rises."""
    latest = max((row.create_time for row in messages), key=_moment)
    first = min(messages[0].create_time, messages[0].created_at, key=_moment)
    connection.execute(
        sa.update(SESSIONS)
        .where(SESSIONS.c.id == session_id)
        .values(created_at=first, last_activity_at=latest, revision=SESSIONS.c.revision + 1)
    )


def _moment(value: str | datetime) -> datetime:
    return datetime.fromisoformat(value) if isinstance(value, str) else value
