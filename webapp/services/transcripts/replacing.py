"""Replacement of a transcript's end, in the transaction that stores the replacement."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from sqlalchemy import Boolean, Text, bindparam, case, func, update

from webapp.ids import utc_now
from webapp.models import ChatSession, table_of
from webapp.services.lookups import is_by_archivist
from webapp.services.session_rows import SESSION_ROW, read_session_row
from webapp.services.titles import automatic_title, fold
from webapp.services.transcripts.appending import check_appendable, stale_transcript
from webapp.services.transcripts.inserting import insert_messages
from webapp.services.transcripts.keeping import forget_old, replace_tail
from webapp.services.transcripts.lookups import has_other_answer
from webapp.services.values import SessionRow

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

    from webapp.services.users import CurrentUser
    from webapp.services.values import NewMessage, TranscriptMessage

_sessions = table_of(ChatSession)

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


def replace_from(
    connection: Connection,
    user: CurrentUser,
    session_id: str,
    first_idx: int,
    messages: Sequence[NewMessage],
    *,
    kind: Literal["edit", "regenerate"],
    expected_last_idx: int,
    assistant: str | None = None,
) -> tuple[SessionRow, list[TranscriptMessage]]:
    """Replace everything from `first_idx` on by checked messages, in the caller's transaction.

    The last of them has an id. The replaced messages are kept for an undo. Raises NotFound, Archived, and
    StaleTranscript if the transcript does not end at `expected_last_idx`.
    """
    now = utc_now()
    last_id = messages[-1].id
    assert last_id is not None
    before = read_session_row(connection, user, session_id)
    values = {"session_id": session_id, "expected_count": expected_last_idx + 1, "now": now, "assistant": assistant}
    values |= _new_tail(connection, user, session_id, first_idx, messages)
    row = connection.execute(_TAKE_BACK_NUMBERS, values).first()
    if row is None:
        check_appendable(read_session_row(connection, user, session_id), expected_last_idx)
        raise stale_transcript()
    session = SessionRow._make(row)
    replace_tail(
        connection,
        session_id,
        first_idx,
        kind=kind,
        message_count=session.message_count,
        last_message_id=last_id,
        now=now,
        forked_at_idx=before.forked_at_idx,
    )
    inserted = insert_messages(connection, session, first_idx, messages, now)
    forget_old(connection, user)
    return session, inserted


def _new_tail(
    connection: Connection, user: CurrentUser, session_id: str, first_idx: int, messages: Sequence[NewMessage]
) -> dict[str, Any]:
    """Return what the new messages change in the session's row."""
    has_answer = any(message.role == "assistant" and not is_by_archivist(message) for message in messages)
    title = automatic_title(messages[0].content)
    return {
        "owner": user.id,
        "first_idx": first_idx,
        "new_count": first_idx + len(messages),
        "in_days": has_answer or has_other_answer(connection, session_id, first_idx),
        "auto_title": title,
        "auto_folded": fold(title),
    }
