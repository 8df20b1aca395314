"""Forks: new chat sessions that begin with the same messages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import bindparam, literal, update
from sqlalchemy.types import Boolean, Integer

from webapp.database.transaction import writing
from webapp.errors import Invalid
from webapp.models import ChatSession, table_of
from webapp.services.account_locks import hold_account
from webapp.services.content import TITLE_LIMIT
from webapp.services.idempotency import begin_once, end_once
from webapp.services.instructions.settings import copy_settings
from webapp.services.session_rows import SESSION_ROW, read_session_row
from webapp.services.sessions.changes import insert_session
from webapp.services.tags.links import copy_tags
from webapp.services.transcripts.inserting import link_beginning
from webapp.services.transcripts.lookups import belongs_in_days
from webapp.services.values import SessionRow

if TYPE_CHECKING:
    from webapp.services.idempotency import RequestKey
    from webapp.services.users import CurrentUser

_sessions = table_of(ChatSession)

_FORK = " (fork)"
#: The mark of a fork with what a change replaced, by the kind of the change.
KEPT_MARKS = {"edit": " (before the edit)", "regenerate": " (the earlier answer)", "undo": " (before the undo)"}
#: What a title of a fork may end with, after the title of its source.
MARKS = ("", _FORK, *KEPT_MARKS.values())
_COUNT = (
    update(_sessions)
    .where(_sessions.c.id == bindparam("fork_id"))
    .values(
        message_count=bindparam("last_idx", type_=Integer) + literal(1), in_days=bindparam("is_in_days", type_=Boolean)
    )
    .returning(*SESSION_ROW)
)


def split_mark(title: str) -> tuple[str, str]:
    """Return the title without the mark of a fork, and the mark."""
    mark = next((mark for mark in MARKS if mark and title.endswith(mark)), "")
    return title.removesuffix(mark), mark


def fork_session(user: CurrentUser, session_id: str, idx: int, *, key: RequestKey | None = None) -> SessionRow:
    """Create a chat session that links the same messages, up to and including `idx`. No message is copied.

    Raises NotFound, Invalid if there is no message at `idx`, and for a `key` what `begin_once` raises.
    """
    with writing() as connection:
        begin_once(connection, user, key)
        hold_account(connection, user)
        source = read_session_row(connection, user, session_id, lock=True)
        if not 0 <= idx <= source.last_idx:
            raise Invalid.field("#/idx", "no_such_message", "This chat has no such message. Read the chat again.")
        title = split_mark(source.title)[0][: TITLE_LIMIT - len(_FORK)] + _FORK
        fork = insert_session(connection, user, title=title, assistant=source.assistant, forked_from=(source.id, idx))
        link_beginning(connection, fork.id, source.id, idx)
        copy_settings(connection, source.id, fork.id)
        copy_tags(connection, source.id, fork.id)
        values = {"fork_id": fork.id, "last_idx": idx, "is_in_days": belongs_in_days(connection, fork.id, idx + 1)}
        fork = SessionRow._make(connection.execute(_COUNT, values).one())
        end_once(connection, user, key, fork)
    return fork
