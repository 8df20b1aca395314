"""The job that takes out what an import brought. Chats that were continued here since are kept and named."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, delete, func, select, update

from webapp.database.transaction import read_connection
from webapp.ids import utc_now
from webapp.models import (
    ChatSession,
    Conversation,
    IngestConversation,
    IngestRun,
    LiveTurn,
    Replacement,
    SessionMessage,
    table_of,
)
from webapp.services.account_locks import hold_account
from webapp.services.ingest.pace import Pace
from webapp.services.ingest.runs import read_run
from webapp.services.ingest.uploads import remove_uploads
from webapp.services.ingest.values import UndoPreview
from webapp.services.session_rows import read_session_row
from webapp.services.sessions.purge import delete_session
from webapp.services.tags.ensuring import delete_unused_tags, lock_tags
from webapp.services.transcripts.keeping import forget, link_kept
from webapp.services.transcripts.orphans import delete_orphans
from webapp.services.users import CurrentUser

if TYPE_CHECKING:
    from sqlalchemy import Connection, Row

    from webapp.services.jobs.claims import Claim

_runs = table_of(IngestRun)
_lines = table_of(IngestConversation)
_sessions = table_of(ChatSession)
_conversations = table_of(Conversation)
_links = table_of(SessionMessage)
_live = table_of(LiveTurn)
_replacements = table_of(Replacement)

_AT_ONCE = 20
#: Titles that a preview names.
_NAMED = 20

_last = _links.alias("last_link")
#: A line with its session as it is now. The chat is as the import left it if its last digest is the import's.
_NOW = (
    select(
        _lines,
        _sessions.c.id.label("found_session"),
        _sessions.c.title.label("title_now"),
        _sessions.c.message_count.label("count_now"),
        _last.c.digest.label("digest_now"),
        _live.c.session_id.label("live"),
    )
    .outerjoin_from(_lines, _sessions, _sessions.c.id == _lines.c.session_id)
    .outerjoin(_last, (_last.c.session_id == _sessions.c.id) & (_last.c.idx == _sessions.c.message_count - 1))
    .outerjoin(_live, _live.c.session_id == _sessions.c.id)
    .where(_lines.c.run_id == bindparam("of_run"), _lines.c.outcome == "written")
    .order_by(_lines.c.position)
)
_SOME = _NOW.limit(_AT_ONCE)
_UNLINK = (
    delete(_links)
    .where(_links.c.session_id == bindparam("of_session"), _links.c.idx >= bindparam("first"))
    .returning(_links.c.message_id)
)


def preview_undo(user: CurrentUser, run_id: str) -> UndoPreview:
    """Return what an undo would remove and keep now. Raises NotFound."""
    connection = read_connection()
    read_run(connection, user, run_id)
    removed = shortened = 0
    kept: list[str] = []
    for row in connection.execute(_NOW, {"of_run": run_id}).yield_per(500):
        if row.found_session is None:
            continue
        if not _is_as_imported(row):
            kept.append(row.title_now)
        elif row.made_session:
            removed += 1
        else:
            shortened += 1
    return UndoPreview(removed, shortened, kept)


def undo_written(claim: Claim) -> None:
    """Undo an import line by line, in short transactions."""
    run_id = str(claim.subject_id)
    user = CurrentUser(str(claim.owner_id), "")
    total = _count(run_id)
    pace, done = Pace(), 0
    while True:
        with pace.transaction() as connection:
            hold_account(connection, user)
            rows = connection.execute(_SOME, {"of_run": run_id}).all()
            for row in rows:
                outcome = _undo(connection, user, row)
                place = (_lines.c.run_id == run_id) & (_lines.c.position == row.position)
                connection.execute(update(_lines).where(place).values(outcome=outcome))
            done += len(rows)
            claim.store(connection, min(done, total), total)
            if not rows:
                _finish(connection, user, run_id)
                break
    remove_uploads(run_id)


def _finish(connection: Connection, user: CurrentUser, run_id: str) -> None:
    made_tags = connection.execute(select(_runs.c.made_tags).where(_runs.c.id == run_id)).scalar() or []
    if made_tags:
        # No chat is locked: the transaction undid nothing.
        lock_tags(connection, user)
        delete_unused_tags(connection, user, made_tags)
    values = {"state": "undone", "ended_at": utc_now(), "made_tags": None}
    connection.execute(update(_runs).where(_runs.c.id == run_id).values(**values))


def _count(run_id: str) -> int:
    statement = select(func.count()).select_from(_lines)
    return int(
        read_connection()
        .execute(statement.where(_lines.c.run_id == run_id, _lines.c.outcome == "written"))
        .scalar_one()
    )


def _is_as_imported(row: Row[Any]) -> bool:
    return row.live is None and row.digest_now == row.last_digest


def _undo(connection: Connection, user: CurrentUser, row: Row[Any]) -> str:
    """Undo one line, and return its outcome: `undone`, or `kept` for a chat that was continued here."""
    if row.found_session is None:
        return "undone"
    session = read_session_row(connection, user, row.session_id, lock=True)
    if not _is_as_imported(row) or session.message_count != row.count_now:
        return "kept"
    if row.made_session:
        delete_session(connection, session)
        return "undone"
    kept = None
    if row.replacement_id is not None:
        statement = select(_replacements.c.id).where(_replacements.c.id == row.replacement_id)
        kept = connection.execute(statement).scalar()
        if kept is None:
            # Too long ago: what the import replaced is gone.
            return "kept"
    unlinked = list(connection.scalars(_UNLINK, {"of_session": session.id, "first": row.first_idx}))
    if kept is not None:
        link_kept(connection, session.id, kept)
        unlinked += forget(connection, [kept])
    _restore(connection, session.id, session.conversation_id, row.before)
    delete_orphans(connection, unlinked)
    return "undone"


def _restore(connection: Connection, session_id: str, conversation_id: str, before: dict[str, Any]) -> None:
    digest = before["imported_digest"]
    connection.execute(
        update(_sessions)
        .where(_sessions.c.id == session_id)
        .values(
            message_count=before["message_count"],
            last_activity_at=datetime.fromisoformat(before["last_activity_at"]),
            revision=_sessions.c.revision + 1,
            updated_at=utc_now(),
        )
    )
    connection.execute(
        update(_conversations)
        .where(_conversations.c.id == conversation_id)
        .values(imported_count=before["imported_count"], imported_digest=bytes.fromhex(digest) if digest else None)
    )
