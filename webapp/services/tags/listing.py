"""The list of a user's tags."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import bindparam, func, select, true

from webapp.database.transaction import read_connection
from webapp.database.types import Id
from webapp.models import ChatSession, SessionTag, Tag, table_of

if TYPE_CHECKING:
    from datetime import datetime

    from webapp.services.users import CurrentUser

_tags = table_of(Tag)
_links = table_of(SessionTag)
_sessions = table_of(ChatSession)

_owner = bindparam("owner", type_=Id)
_linked = (
    select(func.count()).select_from(_links).where(_links.c.tag_id == _tags.c.id).correlate(_tags).scalar_subquery()
)
# Archived chats are few, and a range of the list's index. The chats themselves are not read.
_archived = (
    select(_links.c.tag_id, func.count().label("number"))
    .join_from(_sessions, _links, _links.c.session_id == _sessions.c.id)
    .where(_sessions.c.owner_id == _owner, _sessions.c.archived == true())
    .group_by(_links.c.tag_id)
    .subquery()
)
_LIST = (
    select(
        _tags.c.id,
        _tags.c.name,
        (_linked - func.coalesce(_archived.c.number, 0)).label("session_count"),
        (_tags.c.instructions.is_not(None)).label("has_instructions"),
        _tags.c.created_at,
        _tags.c.name_folded,
    )
    .outerjoin_from(_tags, _archived, _archived.c.tag_id == _tags.c.id)
    .where(_tags.c.owner_id == _owner)
)


class CountedTag(NamedTuple):
    """A tag in the list. `session_count` is the number of its chats that are not archived."""

    id: str
    name: str
    session_count: int
    has_instructions: bool
    created_at: datetime


def list_tags(user: CurrentUser) -> list[CountedTag]:
    """Return all tags of the user in the order of their names. It takes one query."""
    rows = read_connection().execute(_LIST, {"owner": user.id})
    # Each database has an order of texts of its own.
    ordered = sorted(rows, key=lambda row: (row.name_folded, row.id))
    return [CountedTag._make(row[:-1]) for row in ordered]
