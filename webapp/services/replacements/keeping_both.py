"""Keep both: what an edit or a new answer replaced becomes a chat of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import update

from webapp.database.transaction import writing
from webapp.errors import StaleTranscript
from webapp.models import ChatSession, table_of
from webapp.services.account_locks import hold_account
from webapp.services.content import TITLE_LIMIT
from webapp.services.idempotency import begin_once, end_once
from webapp.services.instructions.settings import copy_settings
from webapp.services.session_rows import SESSION_ROW, read_session_row
from webapp.services.sessions.changes import first_question, insert_session
from webapp.services.sessions.forks import KEPT_MARKS, split_mark
from webapp.services.tags.links import copy_tags
from webapp.services.titles import automatic_title, fold
from webapp.services.transcripts.inserting import link_beginning
from webapp.services.transcripts.keeping import link_kept
from webapp.services.transcripts.lookup import ends_with
from webapp.services.transcripts.lookups import belongs_in_days
from webapp.services.transcripts.replacements import read_replacement
from webapp.services.values import Replacement, SessionRow

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from webapp.services.idempotency import RequestKey
    from webapp.services.users import CurrentUser

_sessions = table_of(ChatSession)


def keep_both(user: CurrentUser, session_id: str, replacement_id: str, *, key: RequestKey | None = None) -> SessionRow:
    """Create a chat session with the transcript as it was before the replacement. No message is copied.

    It works as long as the messages before the replaced ones are the same. The replacement can still be undone.
    Raises NotFound, StaleTranscript, and for a `key` what `begin_once` raises.
    """
    with writing() as connection:
        begin_once(connection, user, key)
        hold_account(connection, user)
        source = read_session_row(connection, user, session_id, lock=True)
        replacement = read_replacement(connection, user, session_id, replacement_id)
        _check_beginning(connection, source, replacement)
        fork = _fork(connection, user, source, replacement)
        end_once(connection, user, key, fork)
    return fork


def _check_beginning(connection: Connection, source: SessionRow, replacement: Replacement) -> None:
    digest, last = replacement.base_digest, replacement.first_idx - 1
    if digest is not None and not ends_with(connection, source.id, last, digest):
        raise StaleTranscript(
            "An earlier message was changed since. Undo that change first, then keep this version.",
            facts={"last_idx": source.last_idx, "revision": source.revision},
        )


def _fork(connection: Connection, user: CurrentUser, source: SessionRow, replacement: Replacement) -> SessionRow:
    first = replacement.first_idx
    shared = (source.id, first - 1) if first else None
    fork = insert_session(connection, user, title=source.title, assistant=source.assistant, forked_from=shared)
    if first:
        link_beginning(connection, fork.id, source.id, first - 1)
    link_kept(connection, fork.id, replacement.id)
    copy_settings(connection, source.id, fork.id)
    copy_tags(connection, source.id, fork.id)
    title = source.title
    if source.title_source == "auto":
        # An edit of the first message has renamed the source.
        title = automatic_title(first_question(connection, fork.id))
    mark = KEPT_MARKS[replacement.kind]
    title = split_mark(title)[0][: TITLE_LIMIT - len(mark)] + mark
    count = first + replacement.kept_count
    in_days = belongs_in_days(connection, fork.id, count)
    values = {"message_count": count, "in_days": in_days, "title": title, "title_folded": fold(title)}
    statement = update(_sessions).where(_sessions.c.id == fork.id).values(**values).returning(*SESSION_ROW)
    return SessionRow._make(connection.execute(statement).one())
