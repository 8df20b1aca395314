"""Replacement of a transcript's end, in the transaction that stores the replacement."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import Boolean, Text, bindparam, case, delete, func, update

from webapp.ids import utc_now
from webapp.models import ChatSession, SessionMessage, table_of
from webapp.services.session_rows import SESSION_ROW, read_session_row
from webapp.services.titles import automatic_title, fold
from webapp.services.transcripts.appending import check_appendable, stale_transcript
from webapp.services.transcripts.inserting import insert_messages
from webapp.services.transcripts.lookups import has_other_answer, is_by_archivist
from webapp.services.transcripts.orphans import delete_orphans
from webapp.services.values import SessionRow

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

    from webapp.services.users import CurrentUser
    from webapp.services.values import NewMessage, TranscriptMessage

_sessions = table_of(ChatSession)
_links = table_of(SessionMessage)

_renamed = (bindparam("first_idx") == 0) & (_sessions.c.title_source == "auto")
_TAKE_BACK_NUMBERS = (
    update(_sessions)
    .where(
        _sessions.c.id == bindparam("session_id"),
        _sessions.c.owner_id == bindparam("owner"),
        _sessions.c.archived.is_(False),
        _sessions.c.message_count == bindparam("expected_count"),
    )
    .values(
        message_count=bindparam("new_count"),
        revision=_sessions.c.revision + 1,
        updated_at=bindparam("now"),
        last_activity_at=bindparam("now"),
        in_days=bindparam("in_days", type_=Boolean),
        title=case((_renamed, bindparam("auto_title")), else_=_sessions.c.title),
        title_folded=case((_renamed, bindparam("auto_folded")), else_=_sessions.c.title_folded),
        titled_by=case((_renamed, None), else_=_sessions.c.titled_by),
        assistant=func.coalesce(bindparam("assistant", type_=Text), _sessions.c.assistant),
        # A fork that is rewritten before its branching point shares less with its source, perhaps nothing.
        forked_at_idx=case(
            (bindparam("first_idx") == 0, None),
            (_sessions.c.forked_at_idx >= bindparam("first_idx"), bindparam("first_idx") - 1),
            else_=_sessions.c.forked_at_idx,
        ),
    )
    .returning(*SESSION_ROW)
)
_UNLINK_TAIL = (
    delete(_links)
    .where(_links.c.session_id == bindparam("session_id"), _links.c.idx >= bindparam("first_idx"))
    .returning(_links.c.message_id)
)


def replace_from(
    connection: Connection,
    user: CurrentUser,
    session_id: str,
    first_idx: int,
    messages: Sequence[NewMessage],
    *,
    expected_last_idx: int,
    assistant: str | None = None,
) -> tuple[SessionRow, list[TranscriptMessage]]:
    """Replace everything from `first_idx` on by checked messages, in the caller's transaction.

    Messages without a link are deleted. Raises NotFound, Archived, and StaleTranscript if the transcript does not end
    at `expected_last_idx`.
    """
    now = utc_now()
    in_days = any(message.role == "assistant" and not is_by_archivist(message) for message in messages)
    title = automatic_title(messages[0].content)
    values = {
        "session_id": session_id,
        "owner": user.id,
        "expected_count": expected_last_idx + 1,
        "first_idx": first_idx,
        "new_count": first_idx + len(messages),
        "now": now,
        "in_days": in_days or has_other_answer(connection, session_id, first_idx),
        "auto_title": title,
        "auto_folded": fold(title),
        "assistant": assistant,
    }
    row = connection.execute(_TAKE_BACK_NUMBERS, values).first()
    if row is None:
        check_appendable(read_session_row(connection, user, session_id), expected_last_idx)
        raise stale_transcript()
    session = SessionRow._make(row)
    removed = list(connection.scalars(_UNLINK_TAIL, {"session_id": session_id, "first_idx": first_idx}))
    # A question that is inserted again has its id from the row that is deleted.
    delete_orphans(connection, removed)
    inserted = insert_messages(connection, session, first_idx, messages, now)
    return session, inserted
