"""Tags by their names, in the caller's transaction.

Every change of a user's tags locks the account first, then chats in the order of their ids, then tags.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import bindparam, delete, exists, func, insert, select

from webapp.errors import Conflict, NotFound
from webapp.ids import new_id, utc_now
from webapp.models import SessionTag, Tag, User, table_of
from webapp.services.tags.names import usable_name
from webapp.services.titles import fold

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sqlalchemy import Connection

    from webapp.services.users import CurrentUser

#: The most tags of a user.
MOST_OF_USER = 1_000

_tags = table_of(Tag)
_links = table_of(SessionTag)
_users = table_of(User)

_LOCK_ACCOUNT = select(_users.c.id).where(_users.c.id == bindparam("owner")).with_for_update(key_share=True)
_COUNT = select(func.count()).select_from(_tags).where(_tags.c.owner_id == bindparam("owner"))
_NAMED = select(_tags.c.name_folded, _tags.c.id).where(
    _tags.c.owner_id == bindparam("owner"), _tags.c.name_folded.in_(bindparam("folded", expanding=True))
)
_INSERT = insert(_tags)
_DELETE_UNUSED = delete(_tags).where(
    _tags.c.owner_id == bindparam("owner"),
    _tags.c.id.in_(bindparam("ids", expanding=True)),
    _tags.c.instructions.is_(None),
    ~exists().where(_links.c.tag_id == _tags.c.id),
)


class EnsuredTag(NamedTuple):
    """A tag, and whether it was made now."""

    id: str
    made: bool


def lock_tags(connection: Connection, user: CurrentUser) -> None:
    """Lock the user's set of tags until the transaction ends. It comes before any lock on a chat."""
    connection.execute(_LOCK_ACCOUNT, {"owner": user.id}).close()


def ensure_tags(connection: Connection, user: CurrentUser, names: Iterable[str]) -> dict[str, EnsuredTag]:
    """Return the user's tags by the names as they were given, and make those that are not there.

    Names that differ in case, accents or blanks alone are one tag. A name that is too long is cut. Left out are names
    that show nothing, and new ones beyond `MOST_OF_USER`. The account is locked, so the caller locks chats afterwards.
    """
    usable = {name: shown for name in names if (shown := usable_name(name))}
    if not usable:
        return {}
    lock_tags(connection, user)
    found = _ensure(connection, user, usable.values())
    return {name: found[fold(shown)] for name, shown in usable.items() if fold(shown) in found}


def require_tags(connection: Connection, user: CurrentUser, names: Iterable[str]) -> list[str]:
    """Return the ids of tags with these checked names, and make those that are not there.

    The caller has locked the tags. Raises Conflict if there are too many.
    """
    names = list(names)
    found = _ensure(connection, user, names)
    if any(fold(name) not in found for name in names):
        raise too_many()
    return list(dict.fromkeys(found[fold(name)].id for name in names))


def delete_unused_tags(connection: Connection, user: CurrentUser, tag_ids: Iterable[str]) -> None:
    """Delete those of the tags that no chat has and that have no instructions. The caller has locked the tags."""
    connection.execute(_DELETE_UNUSED, {"owner": user.id, "ids": sorted(set(tag_ids))})


def find_tags(connection: Connection, user: CurrentUser, names: Iterable[str]) -> dict[str, str]:
    """Return the ids of the user's tags with these names, by the folded name."""
    folded = sorted({fold(name) for name in names})
    return {row.name_folded: row.id for row in connection.execute(_NAMED, {"owner": user.id, "folded": folded})}


def _ensure(connection: Connection, user: CurrentUser, names: Iterable[str]) -> dict[str, EnsuredTag]:
    """Return the tags by their folded names, as many as there is room for."""
    # Of names that are one tag, the first is shown.
    shown: dict[str, str] = {}
    for name in names:
        shown.setdefault(fold(name), name)
    found = {folded: EnsuredTag(id_, made=False) for folded, id_ in find_tags(connection, user, shown.values()).items()}
    missing = {folded: name for folded, name in shown.items() if folded not in found}
    return found | (_insert(connection, user, missing) if missing else {})


def _insert(connection: Connection, user: CurrentUser, names: Mapping[str, str]) -> dict[str, EnsuredTag]:
    room = max(0, MOST_OF_USER - int(connection.scalar(_COUNT, {"owner": user.id}) or 0))
    made = {folded: EnsuredTag(new_id(), made=True) for folded in list(names)[:room]}
    now = utc_now()
    rows: list[dict[str, Any]] = [
        {"id": tag.id, "owner_id": user.id, "name": names[folded], "name_folded": folded, "created_at": now}
        for folded, tag in made.items()
    ]
    if rows:
        connection.execute(_INSERT, rows)
    return made


def too_many() -> Conflict:
    return Conflict(f"You have {MOST_OF_USER:,} tags, which is the limit. Delete one that you do not need first.")


def no_such_tag() -> NotFound:
    return NotFound("There is no such tag. It may have been deleted. Choose another one from the list.")
