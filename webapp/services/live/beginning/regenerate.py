"""Regenerate the last answer of a chat, or answer a chat that ends with a question."""

from __future__ import annotations

from typing import TYPE_CHECKING

from webapp.errors import Invalid
from webapp.services.live.beginning.placement import choose_assistant
from webapp.services.live.values import Placement
from webapp.services.transcripts.reading import read_message

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from webapp.services.values import SessionRow, TranscriptMessage


def place_regenerated(connection: Connection, session: SessionRow, assistant: str | None) -> Placement:
    """Place a new answer after the last question. Its end replaces the old answer.

    Raises Invalid if the session ends with neither a question nor an answer to one.
    """
    question = _last_question(connection, session)
    return Placement(
        session=session,
        question=question.content,
        question_idx=question.idx,
        replaces_from_idx=question.idx + 1,
        user_message_id=question.id,
        assistant=choose_assistant(assistant, session.assistant),
    )


def _last_question(connection: Connection, session: SessionRow) -> TranscriptMessage:
    if session.message_count == 0:
        raise Invalid("This chat has no message to answer. Send a message first.")
    last = read_message(connection, session.id, session.last_idx)
    if last.role != "user" and last.idx:
        last = read_message(connection, session.id, last.idx - 1)
    if last.role != "user":
        raise Invalid(
            "The last answer of this chat follows no question, so it cannot be regenerated. Send a message instead."
        )
    if last.struck_at is not None:
        raise Invalid("The text of the last question was removed, so it cannot be answered. Send a message instead.")
    return last
