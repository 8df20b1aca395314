"""The placement of a live turn in its session, for several actions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from webapp.errors import Answering, FieldProblem, Invalid, Unanswered
from webapp.ids import new_id
from webapp.services.assistants.registry import registry
from webapp.services.live.discarding import remove_live
from webapp.services.live.process.pool import is_written
from webapp.services.live.rows import find_live
from webapp.services.live.values import Placement
from webapp.services.session_rows import read_session_row
from webapp.services.transcripts.appending import check_appendable

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection

    from webapp.services.live.values import LiveTurn
    from webapp.services.users import CurrentUser
    from webapp.services.values import SessionRow


def lock_session(
    connection: Connection, user: CurrentUser, session_id: str, expected_last_idx: int | None
) -> SessionRow:
    """Lock a session that accepts messages, and return it. Raises NotFound, Archived, StaleTranscript."""
    session = read_session_row(connection, user, session_id, lock=True)
    check_appendable(session, expected_last_idx)
    return session


def find_failed(
    connection: Connection,
    user: CurrentUser,
    session: SessionRow,
    is_same: Callable[[LiveTurn], bool],
    *,
    drops_failed: bool = False,
) -> LiveTurn | None:
    """Return the failed turn that a request retries, or None if the session is free for a new turn.

    `is_same` compares a failed turn with the request. `drops_failed` removes any other failed turn, for a caller that
    holds its text. Raises Unanswered without it, and Answering while a turn is being written.
    """
    live = find_live(connection, user, session.id)
    if live is None:
        return None
    if is_written(live):
        raise Answering("An answer is in progress in this chat. Wait for it or stop it, then send again.")
    if is_same(live):
        return live
    if not drops_failed:
        raise Unanswered("The last message of this chat has no answer. Retry or discard it first, then send again.")
    remove_live(connection, user, live._replace(made_session=False))
    return None


def place_next(
    session: SessionRow,
    question: str,
    assistant: str | None,
    *,
    made_session: bool = False,
) -> Placement:
    """Place a new question after the last message."""
    return Placement(
        session=session,
        question=question,
        question_idx=session.message_count,
        replaces_from_idx=None,
        user_message_id=new_id(),
        assistant=choose_assistant(assistant, session.assistant),
        made_session=made_session,
    )


def place_again(
    connection: Connection,
    live: LiveTurn,
    *,
    user: CurrentUser,
    assistant: str | None,
    expected_last_idx: int | None = None,
) -> Placement:
    """Place another attempt at a failed turn: after the last message, or at the messages that it replaces.

    Raises Archived, and StaleTranscript if the messages that it replaces have changed.
    """
    session = read_session_row(connection, user, live.session_id, lock=True)
    is_next = live.replaces_from_idx is None
    check_appendable(session, expected_last_idx if is_next else live.base_idx)
    return Placement(
        session=session,
        question=live.content,
        question_idx=session.message_count if is_next else live.question_idx,
        replaces_from_idx=live.replaces_from_idx,
        user_message_id=live.user_message_id,
        assistant=choose_assistant(assistant, live.assistant),
        system_messages=live.system_messages,
        parameters=live.parameters,
        made_session=live.made_session,
        retries=live,
    )


def choose_assistant(requested: str | None, remembered: str | None) -> str:
    """Return the requested assistant, else the remembered one, else the default for a chat that has none.

    Raises Invalid if the remembered one cannot answer any more: any other one would get the whole chat unasked.
    """
    accepts = registry().accepts
    if requested and accepts(requested):
        return requested
    if not remembered:
        return registry().default_key()
    if not accepts(remembered):
        raise _gone(remembered)
    return remembered


def _gone(assistant: str) -> Invalid:
    """Return the refusal. Its field problem, which clients read, says what to send."""
    detail = (
        f"The assistant of this chat, {assistant}, is not available any more. Choose another assistant. "
        "It gets the whole chat."
    )
    sent = (
        f'Send the key of another assistant as "assistant", such as "{registry().default_key()}". '
        "GET /api/v1/assistants lists the keys."
    )
    return Invalid(detail, problems=(FieldProblem("#/assistant", "unknown_assistant", sent),))


def require_free(connection: Connection, user: CurrentUser, session: SessionRow) -> None:
    """Raise Answering or Unanswered if the session has a live turn."""
    find_failed(connection, user, session, lambda _live: False)
