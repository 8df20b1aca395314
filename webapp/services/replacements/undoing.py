"""Undo of an edit or a new answer: the replaced messages are linked again, and those in their place are kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, select, update

from webapp.database.transaction import writing
from webapp.errors import StaleTranscript
from webapp.ids import utc_now
from webapp.models import ChatSession, KeptMessage, table_of
from webapp.services.live import require_free
from webapp.services.session_rows import SESSION_ROW, read_session_row
from webapp.services.sessions.changes import first_question
from webapp.services.titles import automatic_title, fold
from webapp.services.transcripts.appending import check_appendable
from webapp.services.transcripts.keeping import forget, link_kept, replace_tail
from webapp.services.transcripts.lookups import belongs_in_days
from webapp.services.transcripts.orphans import delete_orphans
from webapp.services.transcripts.replacements import last_message_id, read_replacement
from webapp.services.values import SessionRow

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from webapp.services.users import CurrentUser
    from webapp.services.values import Replacement

_sessions = table_of(ChatSession)
_kept = table_of(KeptMessage)

_LAST_KEPT = (
    select(_kept.c.message_id)
    .where(_kept.c.replacement_id == bindparam("kept_by"))
    .order_by(_kept.c.idx.desc())
    .limit(1)
)


def undo_replacement(user: CurrentUser, session_id: str, replacement_id: str) -> SessionRow:
    """Put back what an edit or a new answer replaced. The messages in its place are kept, so the undo can be undone.

    Raises NotFound, Archived, Answering, Unanswered, and StaleTranscript if the chat has changed since: what was
    replaced can then be kept as a chat of its own (`keep_both`).
    """
    with writing() as connection:
        session = read_session_row(connection, user, session_id, lock=True)
        replacement = read_replacement(connection, user, session_id, replacement_id)
        check_appendable(session, None)
        require_free(connection, user, session)
        if not replacement.is_last_change(session, last_message_id(connection, session)):
            raise StaleTranscript(
                "The chat has gone on since this change, so it cannot be undone here. Keep the earlier version as a "
                "chat of its own instead.",
                facts={"last_idx": session.last_idx, "revision": session.revision},
            )
        _swap(connection, session, replacement)
        delete_orphans(connection, forget(connection, [replacement.id]))
        return _changed(connection, session, replacement)


def _swap(connection: Connection, session: SessionRow, replacement: Replacement) -> None:
    replace_tail(
        connection,
        session.id,
        replacement.first_idx,
        kind="undo",
        message_count=replacement.first_idx + replacement.kept_count,
        last_message_id=connection.execute(_LAST_KEPT, {"kept_by": replacement.id}).scalar_one(),
        now=utc_now(),
        forked_at_idx=session.forked_at_idx,
    )
    link_kept(connection, session.id, replacement.id)


def _changed(connection: Connection, session: SessionRow, replacement: Replacement) -> SessionRow:
    values: dict[str, Any] = {
        "message_count": replacement.first_idx + replacement.kept_count,
        "revision": _sessions.c.revision + 1,
        "updated_at": utc_now(),
        "in_days": belongs_in_days(connection, session.id, replacement.first_idx + replacement.kept_count),
        "forked_at_idx": replacement.forked_at_idx if session.forked_from_id else None,
    }
    if session.title_source == "auto" and replacement.first_idx == 0:
        title = automatic_title(first_question(connection, session.id))
        values |= {"title": title, "title_folded": fold(title), "titled_by": None}
    statement = update(_sessions).where(_sessions.c.id == session.id).values(**values).returning(*SESSION_ROW)
    return SessionRow._make(connection.execute(statement).one())
