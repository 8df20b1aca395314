"""One change to several chat sessions. Each session is a transaction of its own, so one refusal stops no other."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from webapp.errors import AppError, Invalid, NotFound
from webapp.ids import canonical_id
from webapp.services.sessions.changes import archive_session, get_session, pin_session, restore_session, unpin_session
from webapp.services.sessions.purge import purge_session
from webapp.services.tags.names import check_name
from webapp.services.tags.sessions import change_tags

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from webapp.services.users import CurrentUser
    from webapp.services.values import SessionRow

MOST = 100

_CHANGES: dict[str, Callable[[CurrentUser, str], SessionRow]] = {
    "archive": archive_session,
    "restore": restore_session,
    "pin": pin_session,
    "unpin": unpin_session,
}
PURGE = "purge"
#: Those that add or remove a tag.
TAG, UNTAG = "tag", "untag"
ACTIONS = (*_CHANGES, PURGE, TAG, UNTAG)


class Change(NamedTuple):
    """What became of one session: its new state, none after a deletion, or the error.

    `is_changed` is false if the session was in that state before.
    """

    session_id: str
    session: SessionRow | None = None
    is_changed: bool = False
    error: AppError | None = None


def change_sessions(
    user: CurrentUser, action: str, session_ids: Sequence[str], *, tag: str | None = None
) -> list[Change]:
    """Archive, restore, pin, unpin, purge, tag or untag sessions in the given order. Return what became of each.

    `tag` is the name of the tag. A repeated id counts once. Raises Invalid for an unknown action, a name that cannot be
    used, no id, or more than `MOST`.
    """
    if action not in ACTIONS:
        raise Invalid.field("#/action", "unknown", f"The action must be one of: {', '.join(ACTIONS)}.")
    if (tag is None) == (action in {TAG, UNTAG}):
        raise Invalid.field("#/tag", "tag", "Name the tag to add or to remove, and only with these actions.")
    name = None if tag is None else check_name(tag, "#/tag")
    ids = list(dict.fromkeys(session_ids))
    if not ids:
        raise Invalid.field("#/session_ids", "missing", "Select at least one chat.")
    if len(ids) > MOST:
        raise Invalid.field("#/session_ids", "too-many", f"Select at most {MOST} chats at once; these are {len(ids)}.")
    return [_change(user, action, session_id, name) for session_id in ids]


def _change(user: CurrentUser, action: str, session_id: str, tag: str | None) -> Change:
    if canonical_id(session_id) != session_id:
        return Change(session_id, error=NotFound("There is no such chat."))
    try:
        if action == PURGE:
            purge_session(user, session_id)
            return Change(session_id, is_changed=True)
        before = get_session(user, session_id)
        after = _CHANGES[action](user, session_id) if tag is None else _tag(user, action, session_id, tag)
    except AppError as error:
        return Change(session_id, error=error)
    return Change(session_id, after, is_changed=after.revision != before.revision)


def _tag(user: CurrentUser, action: str, session_id: str, name: str) -> SessionRow:
    return change_tags(user, session_id, **{"add" if action == TAG else "remove": [name]})
