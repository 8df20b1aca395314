"""The tags of one chat session: all of them, or some more and some less."""

from __future__ import annotations

from typing import TYPE_CHECKING

from webapp.database.transaction import writing
from webapp.errors import Invalid
from webapp.services.session_rows import read_session_row
from webapp.services.tags.ensuring import find_tags, lock_tags, require_tags
from webapp.services.tags.links import MOST_OF_SESSION, link, linked_tags, raise_revisions, unlink
from webapp.services.tags.names import check_name

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from sqlalchemy import Connection

    from webapp.services.users import CurrentUser
    from webapp.services.values import SessionRow


def check_names(names: Iterable[str], pointer: str = "#/tags") -> list[str]:
    """Return the names of tags as they are stored. Raises Invalid for one that cannot be used, and for too many."""
    checked = [check_name(name, f"{pointer}/{number}") for number, name in enumerate(names)]
    _refuse_many(len(checked), pointer)
    return checked


def set_tags(connection: Connection, user: CurrentUser, session_id: str, names: Collection[str]) -> bool:
    """Give a session exactly the tags with these checked names, and return whether that changes anything.

    The caller has locked the user's tags, then the session, and raises its revision. Raises Conflict.
    """
    had, wanted = linked_tags(connection, session_id), set(require_tags(connection, user, names))
    link(connection, session_id, wanted - had)
    unlink(connection, session_id, had - wanted)
    return wanted != had


def change_tags(
    user: CurrentUser, session_id: str, *, add: Iterable[str] = (), remove: Iterable[str] = ()
) -> SessionRow:
    """Add tags to a session and remove others, by their names. Without a difference nothing is written.

    A tag that is not there is made to be added, and is removed from every chat already. Raises NotFound, Invalid, and
    Conflict if the user has too many tags.
    """
    add, remove = check_names(add, "#/add"), [check_name(name, "#/remove") for name in remove]
    with writing() as connection:
        lock_tags(connection, user)
        session = read_session_row(connection, user, session_id, lock=True)
        had = linked_tags(connection, session_id)
        wanted = set(require_tags(connection, user, add))
        removed = had & set(find_tags(connection, user, remove).values()) - wanted
        added = wanted - had
        _refuse_many(len(had) + len(added) - len(removed), "#/add")
        link(connection, session_id, added)
        unlink(connection, session_id, removed)
        if added or removed:
            raise_revisions(connection, [session_id])
            session = read_session_row(connection, user, session_id)
    return session


def _refuse_many(count: int, pointer: str) -> None:
    if count > MOST_OF_SESSION:
        raise Invalid.field(pointer, "too_many", f"A chat can have {MOST_OF_SESSION} tags; these are {count}.")
