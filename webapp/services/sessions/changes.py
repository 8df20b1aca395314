"""Creating, reading and changing chat sessions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, insert, select, update

from webapp.database.transaction import read_connection, writing
from webapp.errors import PreconditionFailed, StaleTitle
from webapp.ids import new_id, utc_now
from webapp.models import HERE, ChatSession, Conversation, Message, SessionMessage, table_of
from webapp.services.assistants.lookup import check_assistant
from webapp.services.content import check_title
from webapp.services.idempotency import begin_once, end_once
from webapp.services.session_rows import SESSION_ROW, read_session_row
from webapp.services.tags.ensuring import lock_tags
from webapp.services.tags.sessions import check_names, set_tags
from webapp.services.titles import automatic_title, fold
from webapp.services.values import SessionRow

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from webapp.services.idempotency import RequestKey
    from webapp.services.users import CurrentUser

_sessions = table_of(ChatSession)
_links = table_of(SessionMessage)
_messages = table_of(Message)

_INSERT_CONVERSATION = insert(table_of(Conversation))
_INSERT_SESSION = insert(_sessions)
_FIRST_QUESTION = (
    select(_messages.c.content)
    .join_from(_links, _messages, _messages.c.id == _links.c.message_id)
    .where(_links.c.session_id == bindparam("session_id"), _messages.c.role == "user", _messages.c.struck_at.is_(None))
    .order_by(_links.c.idx)
    .limit(1)
)


def create_session(
    user: CurrentUser,
    *,
    title: str = "",
    pinned: bool = False,
    assistant: str | None = None,
    created_at: datetime | None = None,
    key: RequestKey | None = None,
) -> SessionRow:
    """Create an empty chat session. Without a title it is named after its first message.

    `created_at` is for a chat that began elsewhere. Raises Invalid for a title or an assistant that cannot be used, and
    for a `key` what `begin_once` raises.
    """
    title = check_title(title)
    check_assistant(assistant)
    with writing() as connection:
        begin_once(connection, user, key)
        session = insert_session(
            connection, user, title=title, pinned=pinned, assistant=assistant, created_at=created_at
        )
        end_once(connection, user, key, session)
    return session


def insert_session(
    connection: Connection,
    user: CurrentUser,
    *,
    title: str = "",
    auto_title: str | None = None,
    pinned: bool = False,
    assistant: str | None = None,
    forked_from: tuple[str, int] | None = None,
    created_at: datetime | None = None,
) -> SessionRow:
    """Insert a checked session and its conversation in the caller's transaction.

    `auto_title` is its title until the user or the first message sets one. `forked_from` is the source's id and the
    last `idx` that both share. A `created_at` in the future counts as now.
    """
    now = utc_now()
    begun = min(created_at or now, now)
    conversation_id = new_id()
    session = SessionRow(
        id=new_id(),
        conversation_id=conversation_id,
        title=title or auto_title or automatic_title(None),
        title_source="user" if title else "auto",
        titled_by=None,
        assistant=assistant,
        pinned=pinned,
        archived=False,
        message_count=0,
        revision=1,
        created_at=begun,
        updated_at=now,
        last_activity_at=begun,
        forked_from_id=forked_from[0] if forked_from else None,
        forked_at_idx=forked_from[1] if forked_from else None,
    )
    connection.execute(
        _INSERT_CONVERSATION,
        {"id": conversation_id, "owner_id": user.id, "origin": HERE, "external_id": None, "created_at": begun},
    )
    row = session._asdict() | {"owner_id": user.id, "title_folded": fold(session.title)}
    del row["tags"]
    connection.execute(_INSERT_SESSION, row)
    return session


def get_session(user: CurrentUser, session_id: str) -> SessionRow:
    """Return one chat session. Raises NotFound."""
    return read_session_row(read_connection(), user, session_id)


def rename_session(user: CurrentUser, session_id: str, title: str, *, expected_title: str | None = None) -> SessionRow:
    """Rename a chat session. An empty title restores the automatic one.

    `expected_title` is the title that the user saw. Raises StaleTitle if it has changed, NotFound and Invalid.
    """
    return change_session(user, session_id, title=title, expected_title=expected_title)


def pin_session(user: CurrentUser, session_id: str) -> SessionRow:
    return change_session(user, session_id, pinned=True)


def unpin_session(user: CurrentUser, session_id: str) -> SessionRow:
    return change_session(user, session_id, pinned=False)


def archive_session(
    user: CurrentUser, session_id: str, *, expected_revisions: Collection[int] | None = None
) -> SessionRow:
    """Archive a chat session. It leaves the list, takes no more turns and can be restored. Raises NotFound."""
    return change_session(user, session_id, archived=True, expected_revisions=expected_revisions)


def restore_session(user: CurrentUser, session_id: str) -> SessionRow:
    return change_session(user, session_id, archived=False)


def change_session(
    user: CurrentUser,
    session_id: str,
    *,
    title: str | None = None,
    pinned: bool | None = None,
    archived: bool | None = None,
    assistant: str | None = None,
    tags: Sequence[str] | None = None,
    expected_revisions: Collection[int] | None = None,
    expected_title: str | None = None,
) -> SessionRow:
    """Change the given properties; None leaves one unchanged. Without a difference nothing is written.

    An empty `assistant` restores the default. `tags` are the names of all its tags; new ones are made.

    Raises NotFound; Invalid for an unusable title, assistant or tag; Conflict for too many tags; PreconditionFailed if
    the revision is not among `expected_revisions`; StaleTitle as `rename_session` does.
    """
    title = None if title is None else check_title(title)
    tags = None if tags is None else check_names(tags)
    check_assistant(assistant)
    with writing() as connection:
        if tags is not None:
            lock_tags(connection, user)
        session = read_session_row(connection, user, session_id, lock=True)
        if expected_revisions is not None and session.revision not in expected_revisions:
            raise PreconditionFailed(
                "The chat was changed in the meantime. Read it again, then repeat your change if you still want it.",
                facts={"revision": session.revision},
            )
        if expected_title not in (None, session.title):
            raise StaleTitle(
                f"The chat was renamed to “{session.title}” in the meantime. To use your title, rename it again."
            )
        expected = {"pinned": pinned, "archived": archived, "assistant": assistant}
        changes: dict[str, Any] = {name: value for name, value in expected.items() if value is not None}
        if assistant == "":
            changes["assistant"] = None
        if title is not None:
            changes |= _title_columns(connection, session, title)
        changes = {name: value for name, value in changes.items() if getattr(session, name) != value}
        is_tagged = tags is not None and set_tags(connection, user, session_id, tags)
        return _apply(connection, session, changes) if changes or is_tagged else session


def _title_columns(connection: Connection, session: SessionRow, title: str) -> dict[str, str | None]:
    if title:
        return {"title": title, "title_source": "user", "titled_by": None}
    title = automatic_title(first_question(connection, session.id))
    return {"title": title, "title_source": "auto", "titled_by": None}


def first_question(connection: Connection, session_id: str) -> str | None:
    """Return the text of the session's first user message that has one, or None."""
    return connection.execute(_FIRST_QUESTION, {"session_id": session_id}).scalar()


def _apply(connection: Connection, session: SessionRow, changes: dict[str, Any]) -> SessionRow:
    if "title" in changes:
        changes["title_folded"] = fold(changes["title"])
    statement = (
        update(_sessions)
        .where(_sessions.c.id == session.id)
        .values(**changes, revision=_sessions.c.revision + 1, updated_at=utc_now())
        .returning(*SESSION_ROW)
    )
    return SessionRow._make(connection.execute(statement).one())
