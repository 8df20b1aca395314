"""Permanent deletion of the chats that have been archived for long."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import select

from webapp.database.transaction import leave_transaction, read_connection
from webapp.errors import NotArchived, NotFound, PreconditionFailed
from webapp.models import ChatSession, table_of
from webapp.services.sessions.purge import purge_session

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from webapp.services.users import CurrentUser

_sessions = table_of(ChatSession)


class Purged(NamedTuple):
    """How many chats were found, with how many messages, and how many of the chats were deleted."""

    found: int
    messages: int
    deleted: int


def purge_archived(
    user: CurrentUser, before: datetime, *, is_trial: bool = False, report: Callable[[int, int], None] | None = None
) -> Purged:
    """Delete the user's archived chats that nobody has changed since `before`: each in a transaction of its own.

    Archiving is a change. `is_trial` only counts. `report` is told how many chats are done and how many there are.
    """
    found = (
        select(_sessions.c.id, _sessions.c.revision, _sessions.c.message_count)
        .where(_sessions.c.owner_id == user.id, _sessions.c.archived, _sessions.c.updated_at < before)
        .order_by(_sessions.c.id)
    )
    rows = read_connection().execute(found).all()
    leave_transaction()
    deleted = 0
    for number, row in enumerate(() if is_trial else rows, 1):
        try:
            purge_session(user, row.id, expected_revisions=[row.revision])
            deleted += 1
        except (NotArchived, NotFound, PreconditionFailed):
            # Restored, continued or deleted in the meantime.
            continue
        finally:
            if report is not None:
                report(number, len(rows))
    return Purged(len(rows), sum(row.message_count for row in rows), deleted)
