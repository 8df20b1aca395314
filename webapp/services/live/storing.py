"""The transactions that store how a live turn ended: as messages, or as a failure."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import TYPE_CHECKING

from sqlalchemy import JSON, bindparam, delete, update

from webapp.database.transaction import writing
from webapp.database.types import instant_text
from webapp.services.account_locks import hold_account
from webapp.services.content import BLANK, NAME_LIMIT, REASON_LIMIT, sanitize_text
from webapp.services.instructions.storing import store_given
from webapp.services.live.keys import answer_keys, free_keys
from webapp.services.live.listeners import mark_left
from webapp.services.live.process.signals import STOPPED
from webapp.services.live.rows import find_live, table
from webapp.services.live.system_messages import given_in
from webapp.services.live.values import Discarded, Superseded, Thought
from webapp.services.lookups import ARCHIVIST
from webapp.services.session_rows import read_session_row
from webapp.services.transcripts.appending import insert_turn
from webapp.services.transcripts.lookups import question_anew
from webapp.services.transcripts.reading import read_files, read_message
from webapp.services.transcripts.replacing import replace_from
from webapp.services.values import ChatResult, NewMessage, Turn
from webapp.services.workers.retrying import AttemptSuperseded

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from webapp.agent.values import End
    from webapp.services.live.values import Failed, LiveTurn
    from webapp.services.users import CurrentUser
    from webapp.services.values import SessionRow, TranscriptMessage

NO_THOUGHT = Thought()

_is_attempt = (table.c.session_id == bindparam("session")) & (table.c.attempt == bindparam("of_attempt"))
_is_being_written = _is_attempt & (table.c.state == "writing")
_REMOVE = delete(table).where(_is_attempt, table.c.state == bindparam("of_state")).returning(table.c.gone_at)
_FAIL = (
    update(table)
    .where(_is_being_written)
    .values(
        state="failed",
        problem=bindparam("code"),
        reason=bindparam("why"),
        refusal=bindparam("refused", type_=JSON(none_as_null=True)),
        partial=bindparam("text"),
        reasoning=bindparam("thought"),
        reasoning_seconds=bindparam("seconds"),
    )
    .returning(table.c.attempt)
)


def store_turn(user: CurrentUser, live: LiveTurn, text: str, end: End, thought: Thought = NO_THOUGHT) -> ChatResult:
    """Append the question and the answer, or replace messages with them, and remove the live turn.

    Raises AttemptSuperseded if the row belongs to another attempt, and NotFound, Archived and StaleTranscript as
    appending does.
    """
    with writing() as connection:
        if live.system_messages:
            # Texts of instructions refer to the account.
            hold_account(connection, user)
        # Every transaction locks the session before its live turn: one order of locks prevents deadlocks.
        session = read_session_row(connection, user, live.session_id, lock=True)
        return store_in(connection, user, session, live, (text, end, thought))


def store_in(
    connection: Connection, user: CurrentUser, session: SessionRow, live: LiveTurn, reply: tuple[str, End, Thought]
) -> ChatResult:
    """Do what `store_turn` does in the caller's transaction, which has locked the session.

    With system messages it has locked the account before.
    """
    text, end, thought = reply
    answer = answer_message(live, text, end, thought)
    question = NewMessage(role="user", id=live.user_message_id, content=live.content, create_time=live.asked_at)
    is_left = _remove(connection, user, live)
    is_new_session = live.made_session and session.message_count == 0
    store = _append if live.replaces_from_idx is None else _replace
    result = ChatResult(store(connection, user, live, question, answer), is_new_session, end.histogram)
    _store_instructions(connection, user, session, live, result.turn)
    if is_left:
        mark_left(connection, live.attempt)
    if is_left and end.finish_reason == STOPPED:
        # A client that comes back for the rest of it asks again.
        free_keys(connection, session.id)
    else:
        answer_keys(connection, session.id, result)
    return result


def store_failure(user: CurrentUser, live: LiveTurn, failed: Failed, thought: Thought = NO_THOUGHT) -> Failed:
    """Mark a live turn as failed, with the text so far. Raises AttemptSuperseded if it has another attempt."""
    values = {
        "session": live.session_id,
        "of_attempt": live.attempt,
        "code": failed.code,
        "why": failed.reason,
        "refused": asdict(failed.refusal) if failed.refusal else None,
        "text": failed.text,
        "thought": thought.text or None,
        "seconds": thought.seconds if thought.text else None,
    }
    with writing() as connection:
        if connection.execute(_FAIL, values).first() is None:
            raise AttemptSuperseded(outcome_without_row(connection, user, live.session_id))
    return failed


def outcome_without_row(connection: Connection, user: CurrentUser, session_id: str) -> Discarded | Superseded:
    """Return the outcome of an attempt that has no row: it was discarded, or another attempt replaced it."""
    return Discarded() if find_live(connection, user, session_id) is None else Superseded()


def answer_message(live: LiveTurn, text: str, end: End, thought: Thought) -> NewMessage:
    reasoning = thought.text.strip(BLANK)
    return NewMessage(
        role="assistant",
        id=live.attempt,
        content=text,
        model=sanitize_text(end.model)[:NAME_LIMIT],
        finish_reason=sanitize_text(end.finish_reason)[:REASON_LIMIT],
        usage=asdict(end.usage) if end.usage else None,
        citations=_citations(end),
        reasoning=reasoning or None,
        reasoning_seconds=round(thought.seconds, 1) if reasoning else None,
        made_with=None if live.assistant == ARCHIVIST else live.parameters,
    )


def _citations(end: End) -> list[dict[str, object]] | None:
    """Return the citations as the database stores them, without `idx` and `html_url`, which may change."""
    rows = (asdict(citation) | {"create_time": instant_text(citation.create_time)} for citation in end.citations)
    return [{name: row[name] for name in row.keys() - {"idx", "html_url"}} for row in rows] or None


def _store_instructions(
    connection: Connection, user: CurrentUser, before: SessionRow, live: LiveTurn, turn: Turn
) -> None:
    if live.assistant == ARCHIVIST and not live.system_messages:
        # It reads no instructions, so that its turn says nothing of them.
        return
    keeps_question = live.question_is_stored and turn.user.id == live.user_message_id
    at_idx = known = turn.assistant.idx if keeps_question else turn.user.idx
    if live.made_session and before.message_count == live.base_idx + 1:
        # A client told the whole history, of which the chat shares the beginning with another one.
        known = 0 if before.forked_at_idx is None else before.forked_at_idx + 1
    given = given_in(live)
    if given or before.instructions_digest is not None:
        store_given(connection, user, before.id, given, at_idx=at_idx, known=known)


def _append(
    connection: Connection, user: CurrentUser, live: LiveTurn, question: NewMessage, answer: NewMessage
) -> Turn:
    return insert_turn(
        connection,
        user,
        live.session_id,
        question,
        answer,
        expected_last_idx=live.base_idx,
        assistant=live.assistant,
    )


def _replace(
    connection: Connection, user: CurrentUser, live: LiveTurn, question: NewMessage, answer: NewMessage
) -> Turn:
    assert live.replaces_from_idx is not None
    stored: TranscriptMessage | None = None
    first_idx, new = live.replaces_from_idx, [question, answer]
    if live.question_is_stored:
        before = read_message(connection, live.session_id, live.question_idx)
        anew = question_anew(connection, before, answer)
        stored, first_idx, new = (None, before.idx, [anew, answer]) if anew else (before, first_idx, [answer])
    else:
        # An edit changes the text. The files stay.
        new[0] = replace(question, files=read_files(connection, live.session_id, live.question_idx))
    session, messages = replace_from(
        connection,
        user,
        live.session_id,
        first_idx,
        new,
        kind="regenerate" if live.question_is_stored else "edit",
        expected_last_idx=live.base_idx,
        assistant=live.assistant,
    )
    return Turn(session, stored or messages[0], messages[-1])


def _remove(connection: Connection, user: CurrentUser, live: LiveTurn) -> bool:
    """Remove the row of this attempt in this state. Return whether its clients left.

    Raises AttemptSuperseded if it has none.
    """
    row = {"session": live.session_id, "of_attempt": live.attempt, "of_state": live.state}
    removed = connection.execute(_REMOVE, row).first()
    if removed is None:
        raise AttemptSuperseded(outcome_without_row(connection, user, live.session_id))
    return removed.gone_at is not None
