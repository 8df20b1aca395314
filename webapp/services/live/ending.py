"""How a live turn ends: finished, failed, stopped, interrupted or discarded. Each in one transaction, and only once."""

from __future__ import annotations

import logging
from dataclasses import asdict
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, delete, update

from webapp.agent.values import End
from webapp.database.failures import OUTAGE_ERRORS
from webapp.database.transaction import leave_transaction, read_connection, writing
from webapp.database.types import instant_text
from webapp.errors import Answering, NotFound
from webapp.services.content import BLANK, sanitize_text
from webapp.services.live.keys import answer_keys, free_keys
from webapp.services.live.process.pool import runner
from webapp.services.live.process.signals import STOPPED, ending_of, notifier
from webapp.services.live.rows import find_live, heartbeat_stopped, read_live, table
from webapp.services.live.values import Discarded, Failed, Superseded
from webapp.services.session_rows import read_session_row
from webapp.services.sessions.purge import delete_session
from webapp.services.transcripts.appending import insert_turn
from webapp.services.transcripts.reading import read_message
from webapp.services.transcripts.replacing import replace_from
from webapp.services.values import ChatResult, NewMessage, Turn
from webapp.services.workers.settling import AttemptSuperseded, settle

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection

    from webapp.errors import AppError
    from webapp.services.live.process.draft import Draft
    from webapp.services.live.values import LiveTurn, Outcome
    from webapp.services.users import CurrentUser

log = logging.getLogger(__name__)

INTERRUPTED = "The server stopped before the answer was complete. Nothing was stored. Retry or discard your message."

_present = (table.c.session_id == bindparam("session")) & (table.c.attempt == bindparam("of_attempt"))
_REMOVE = delete(table).where(_present, table.c.state == "writing").returning(table.c.attempt)
_DELETE = delete(table).where(_present)
_FAIL = (
    update(table)
    .where(_present, table.c.state == "writing")
    .values(state="failed", problem=bindparam("code"), reason=bindparam("why"), partial=bindparam("text"))
    .returning(table.c.attempt)
)


def keep_draft(draft: Draft, end: End) -> None:
    """Store the draft as messages. The first caller that ends a draft is the only one."""
    if draft.claim():
        _conclude(draft, lambda: keep_turn(draft.user, draft.live, draft.text(), end))


def fail_draft(draft: Draft, error: AppError) -> None:
    """End a draft whose assistant failed."""
    if draft.claim():
        _conclude(draft, lambda: _fail(draft, error.code, error.detail))


def refuse_draft(draft: Draft, error: AppError) -> None:
    """End a draft for which there is no thread. It is stored as failed once, without waiting for the database."""
    if not draft.claim():
        return
    try:
        outcome = _fail(draft, error.code, error.detail)
    except AttemptSuperseded as superseded:
        outcome = superseded.outcome
    except OUTAGE_ERRORS:
        # The row gets no heartbeat from now on: another attempt will be offered.
        outcome = Failed(error.code, error.detail)
    draft.end(outcome)


def stop_draft(draft: Draft) -> None:
    """End a draft with the text so far, or discard the turn if there is none."""
    if not draft.claim():
        return
    if not draft.text().strip(BLANK):
        _conclude(draft, lambda: _discard_written(draft))
        return
    key = draft.live.assistant
    end = End(model=key.partition(":")[2] or key, finish_reason=STOPPED)
    _conclude(draft, lambda: keep_turn(draft.user, draft.live, draft.text(), end))


def interrupt(draft: Draft) -> None:
    """End a draft because the process ends."""
    if draft.claim():
        _conclude(draft, lambda: _fail(draft, "interrupted", INTERRUPTED))


def abandon(draft: Draft) -> None:
    """End a draft whose row is gone or belongs to another attempt: there is nothing to store."""
    if draft.claim():
        _conclude(draft, lambda: _what_became_of(draft))


def keep_turn(user: CurrentUser, live: LiveTurn, text: str, end: End) -> ChatResult:
    """Append the question and the answer, or replace what they replace, and remove the live turn.

    Raises AttemptSuperseded if the row belongs to another attempt, and NotFound, Archived and StaleTranscript as
    appending does.
    """
    answer = NewMessage(
        role="assistant",
        id=live.attempt,
        content=text,
        model=sanitize_text(end.model),
        finish_reason=sanitize_text(end.finish_reason)[:32],
        usage=asdict(end.usage) if end.usage else None,
        citations=_citations(end),
    )
    question = NewMessage(role="user", id=live.user_message_id, content=live.content, create_time=live.asked_at)
    with writing() as connection:
        # The session first: the order of locks is the same everywhere.
        session = read_session_row(connection, user, live.session_id, lock=True)
        _remove(connection, user, live)
        made = live.made_session and session.message_count == 0
        if live.replaces_from_idx is None:
            turn = insert_turn(
                connection,
                user,
                session.id,
                question,
                answer,
                expected_last_idx=live.base_idx,
                assistant=live.assistant,
            )
        else:
            turn = _replace(connection, user, live, question, answer)
        result = ChatResult(turn, made, end.histogram)
        answer_keys(connection, session.id, result)
    return result


def discard(user: CurrentUser, session_id: str, *, attempt: str | None = None, after_silence: bool = True) -> str:
    """Remove a live turn that failed or whose process died, and return its question.

    A silent process may be writing still. Whether to wait for it is the user's decision: a caller that acts by itself
    sets `after_silence` to False. A session that was made for the turn, and not changed since, is deleted with it.
    Raises NotFound, also if another `attempt` than the given one has begun, and Answering while it is being written.
    """
    with writing() as connection:
        read_session_row(connection, user, session_id, lock=True)
        live = read_live(connection, user, session_id)
        if attempt not in (None, live.attempt):
            raise NotFound("A retry of this message is in progress. Open the chat again.")
        if live.state == "writing" and not (after_silence and heartbeat_stopped(live)):
            raise Answering("An answer is in progress in this chat. Stop it first.")
        remove_live(connection, user, live)
    return live.content


def remove_live(connection: Connection, user: CurrentUser, live: LiveTurn) -> None:
    """Delete a live turn, the keys that wait for it, and the session if it was made for nothing else."""
    session = read_session_row(connection, user, live.session_id, lock=True)
    free_keys(connection, live.session_id)
    connection.execute(_DELETE, {"session": live.session_id, "of_attempt": live.attempt})
    # A history that the session was made with is no change: the caller still has it. Nor is a deleted source.
    if live.made_session and session.updated_at == session.created_at:
        delete_session(connection, session)


def _replace(
    connection: Connection, user: CurrentUser, live: LiveTurn, question: NewMessage, answer: NewMessage
) -> Turn:
    assert live.replaces_from_idx is not None
    placed = [answer] if live.question_is_kept else [question, answer]
    session, messages = replace_from(
        connection,
        user,
        live.session_id,
        live.replaces_from_idx,
        placed,
        expected_last_idx=live.base_idx,
        assistant=live.assistant,
    )
    asked = read_message(connection, session.id, live.question_idx) if live.question_is_kept else messages[0]
    return Turn(session, asked, messages[-1])


def _remove(connection: Connection, user: CurrentUser, live: LiveTurn) -> None:
    """Remove the row of this attempt. Raises AttemptSuperseded if it has none."""
    if connection.execute(_REMOVE, {"session": live.session_id, "of_attempt": live.attempt}).first() is None:
        raise AttemptSuperseded(Discarded() if find_live(connection, user, live.session_id) is None else Superseded())


def _fail(draft: Draft, code: str, reason: str) -> Outcome:
    live = draft.live
    values = {"session": live.session_id, "of_attempt": live.attempt, "code": code, "why": reason, "text": draft.text()}
    with writing() as connection:
        if connection.execute(_FAIL, values).first() is None:
            raise AttemptSuperseded(
                Discarded() if find_live(connection, draft.user, live.session_id) is None else Superseded()
            )
    return Failed(code, reason)


def _discard_written(draft: Draft) -> Outcome:
    with writing() as connection:
        session = read_session_row(connection, draft.user, draft.live.session_id, lock=True)
        live = find_live(connection, draft.user, session.id)
        if live is None or live.attempt != draft.live.attempt:
            raise AttemptSuperseded(Discarded() if live is None else Superseded())
        remove_live(connection, draft.user, live)
    return Discarded()


def _what_became_of(draft: Draft) -> Outcome:
    live = find_live(read_connection(), draft.user, draft.live.session_id)
    leave_transaction()
    return Discarded() if live is None else Superseded()


def _conclude(draft: Draft, act: Callable[[], Outcome]) -> None:
    """Carry out an end that was claimed, and notify the followers."""
    seconds_left = runner().closing.seconds_left
    outcome = settle(act, lambda error: _fail(draft, error.code, error.detail), seconds_left, "A reply")
    if outcome is None:
        # The process ends. The row gets no heartbeat any more: another attempt will be offered.
        log.error("The end of a reply could not be stored")
        reason = "The answer could not be stored, because the database is not available. Please try again in a moment."
        outcome = Failed("busy", reason)
    notifier()(ending_of(outcome))
    draft.end(outcome)


def _citations(end: End) -> list[dict[str, object]] | None:
    """Return the citations as they are stored: ids and words. An `idx` or an address would not stay true."""
    stored = (asdict(citation) | {"create_time": instant_text(citation.create_time)} for citation in end.citations)
    return [{name: row[name] for name in row.keys() - {"idx", "html_url"}} for row in stored] or None
