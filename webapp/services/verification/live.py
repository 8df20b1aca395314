"""Checks of live turns and of the idempotency keys that wait for them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, select

from webapp.models import ChatSession, IdempotencyKey, Message, SessionMessage, table_of
from webapp.models import LiveTurn as LiveTurnModel
from webapp.services.verification.values import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Row

    from webapp.services.verification.values import SnapshotReader

_live = table_of(LiveTurnModel)
_sessions = table_of(ChatSession)
_links = table_of(SessionMessage)
_answers = table_of(Message).alias("answers")
_questions = table_of(Message).alias("questions")
_keys = table_of(IdempotencyKey)

_TURNS = (
    select(
        *(_live.c[name] for name in "session_id base_idx question_idx replaces_from_idx state problem content".split()),
        _sessions.c.id.label("found_session"),
        _sessions.c.message_count,
        _answers.c.id.label("found_answer"),
        _questions.c.id.label("found_question"),
        _questions.c.content.label("kept_content"),
        _links.c.message_id.label("linked_question"),
    )
    .outerjoin_from(_live, _sessions, _sessions.c.id == _live.c.session_id)
    .outerjoin(_answers, _answers.c.id == _live.c.attempt)
    .outerjoin(_questions, _questions.c.id == _live.c.user_message_id)
    .outerjoin(_links, and_(_links.c.session_id == _live.c.session_id, _links.c.idx == _live.c.question_idx))
)
_WAITING = (
    select(_keys.c.owner_id, _keys.c.key, _keys.c.session_id)
    .outerjoin_from(_keys, _live, _live.c.session_id == _keys.c.session_id)
    .where(_keys.c.status.is_(None), _keys.c.session_id.is_not(None), _live.c.session_id.is_(None))
)


def check(reader: SnapshotReader) -> Iterator[Finding]:
    """Find live turns that cannot finish and keys that will never have a response."""
    for turn in reader.rows(_TURNS, _live.c.session_id):
        reader.counts.live_turns += 1
        where = f"live turn of chat {turn.session_id}"
        yield from (Finding("live-turn", where, meaning) for meaning in _wrong(turn))
    for key in reader.rows(_WAITING, _keys.c.owner_id, _keys.c.key):
        yield Finding(
            "key", f"Idempotency-Key of chat {key.session_id}", "It waits for an answer that no process writes."
        )


def _wrong(turn: Row[Any]) -> Iterator[str]:
    if turn.found_session is None:
        yield "Its chat is not there."
    elif not -1 <= turn.base_idx < turn.message_count:
        yield f"It goes on behind message {turn.base_idx}, and the chat has {turn.message_count}."
    if not _is_placed(turn):
        yield "The place of its question, or of what it replaces, makes no sense."
    if turn.found_answer is not None:
        yield "Its answer is a message already."
    keeps_question = turn.replaces_from_idx is not None and turn.replaces_from_idx > turn.question_idx
    if not keeps_question and turn.found_question is not None:
        yield "Its question is a message already."
    if keeps_question and (turn.found_question is None or turn.linked_question != turn.found_question):
        yield "The question that it answers again is not in its place."
    elif keeps_question and turn.kept_content != turn.content:
        yield "The question that it answers again differs from the one in the transcript."
    if (turn.state == "failed") != (turn.problem is not None):
        yield "Whether it failed, and why, do not fit each other."


def _is_placed(turn: Row[Any]) -> bool:
    if turn.replaces_from_idx is None:
        return bool(turn.question_idx == turn.base_idx + 1)
    return bool(
        0 <= turn.question_idx <= turn.base_idx and turn.replaces_from_idx in {turn.question_idx, turn.question_idx + 1}
    )
