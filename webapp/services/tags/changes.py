"""Creating, reading, changing and deleting tags."""

from __future__ import annotations

import json
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import bindparam, delete, select, update

from webapp.database.transaction import read_connection, writing
from webapp.errors import Conflict, PreconditionFailed
from webapp.models import ChatSession, SessionTag, Tag, table_of
from webapp.services.idempotency import begin_once, end_once
from webapp.services.instructions.checks import check_instructions
from webapp.services.tags.ensuring import find_tags, lock_tags, no_such_tag, require_tags
from webapp.services.tags.links import raise_revisions
from webapp.services.tags.names import check_name
from webapp.services.titles import fold

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping
    from datetime import datetime

    from sqlalchemy import Connection

    from webapp.services.idempotency import RequestKey
    from webapp.services.users import CurrentUser

_tags = table_of(Tag)
_links = table_of(SessionTag)
_sessions = table_of(ChatSession)

_is_it = (_tags.c.id == bindparam("tag_id")) & (_tags.c.owner_id == bindparam("owner"))
_BY_ID = select(_tags.c.id, _tags.c.name, _tags.c.instructions, _tags.c.created_at).where(_is_it)
# In the order in which every transaction locks several chats.
_HAVING = (
    select(_sessions.c.id)
    .where(_sessions.c.id.in_(select(_links.c.session_id).where(_links.c.tag_id == bindparam("tag_id"))))
    .order_by(_sessions.c.id)
    .with_for_update()
)
_UPDATE = update(_tags).where(_tags.c.id == bindparam("changed_id"))
_UNLINK = delete(_links).where(_links.c.tag_id == bindparam("tag_id"))
_DELETE = delete(_tags).where(_is_it)

_CHECKS: dict[str, Callable[[Any], Any]] = {"name": check_name, "instructions": check_instructions}


class TagRow(NamedTuple):
    """A tag with its instructions, None without."""

    id: str
    name: str
    instructions: str | None
    created_at: datetime

    @property
    def tag(self) -> str:
        """Say by equal tags that nothing has changed."""
        return blake2b(json.dumps([self.name, self.instructions]).encode(), digest_size=12).hexdigest()


def create_tag(
    user: CurrentUser, name: str, *, instructions: str | None = None, key: RequestKey | None = None
) -> TagRow:
    """Create a tag.

    Raises Invalid, Conflict if the name is taken or there are too many, and what `begin_once` raises.
    """
    name, instructions = check_name(name), check_instructions(instructions)
    with writing() as connection:
        begin_once(connection, user, key)
        lock_tags(connection, user)
        _refuse_taken(connection, user, name, None)
        (tag_id,) = require_tags(connection, user, [name])
        if instructions is not None:
            connection.execute(_UPDATE.values(instructions=instructions), {"changed_id": tag_id})
        tag = _read(connection, user, tag_id)
        end_once(connection, user, key, tag)
    return tag


def get_tag(user: CurrentUser, tag_id: str) -> TagRow:
    """Return a tag. Raises NotFound."""
    return _read(read_connection(), user, tag_id)


def change_tag(
    user: CurrentUser, tag_id: str, changes: Mapping[str, Any], *, expected_tags: Collection[str] | None = None
) -> TagRow:
    """Change the name or the instructions of a tag; None removes instructions. Without a difference nothing is written.

    Raises NotFound, Invalid, Conflict if the name is taken, and PreconditionFailed if the tag has none of the
    `expected_tags`.
    """
    checked = {name: _CHECKS[name](value) for name, value in changes.items()}
    with writing() as connection:
        lock_tags(connection, user)
        tag = _read(connection, user, tag_id)
        if expected_tags is not None and tag.tag not in expected_tags:
            raise PreconditionFailed("This tag was changed in the meantime, in another tab or by a program.")
        wanted = tag._replace(**checked)
        if wanted.name != tag.name:
            _refuse_taken(connection, user, wanted.name, tag_id)
            raise_revisions(connection, _lock_chats(connection, tag_id))
        if wanted != tag:
            values = {"name": wanted.name, "name_folded": fold(wanted.name), "instructions": wanted.instructions}
            connection.execute(_UPDATE.values(**values), {"changed_id": tag_id})
    return wanted


def delete_tag(user: CurrentUser, tag_id: str, *, expected_tags: Collection[str] | None = None) -> None:
    """Delete a tag. Its chats stay. Raises NotFound, and PreconditionFailed as `change_tag` does."""
    with writing() as connection:
        lock_tags(connection, user)
        tag = _read(connection, user, tag_id)
        if expected_tags is not None and tag.tag not in expected_tags:
            raise PreconditionFailed("This tag was changed in the meantime. Read it again before you delete it.")
        raise_revisions(connection, _lock_chats(connection, tag_id))
        connection.execute(_UNLINK, {"tag_id": tag_id})
        connection.execute(_DELETE, {"tag_id": tag_id, "owner": user.id})


def _lock_chats(connection: Connection, tag_id: str) -> list[str]:
    return list(connection.scalars(_HAVING, {"tag_id": tag_id}))


def _read(connection: Connection, user: CurrentUser, tag_id: str) -> TagRow:
    row = connection.execute(_BY_ID, {"tag_id": tag_id, "owner": user.id}).first()
    if row is None:
        raise no_such_tag()
    return TagRow._make(row)


def _refuse_taken(connection: Connection, user: CurrentUser, name: str, but: str | None) -> None:
    taken = find_tags(connection, user, [name]).get(fold(name))
    if taken not in (None, but):
        raise Conflict(
            f"There is a tag “{name}” already. Names that differ in case and accents alone are the same.",
            facts={"tag_id": taken},
        )
