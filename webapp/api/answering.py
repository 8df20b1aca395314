"""What every operation that asks an assistant does: wait for the answer, or stream it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from webapp.api.kit.events import PING, event, event_stream, wants_events
from webapp.api.kit.keys import replay, turn_key
from webapp.api.present import chat_answer, failure_json, live_path
from webapp.api.schemas.live import EVENTS
from webapp.services.agent import AgentService, ChatResult, StoredAnswer, TurnRequest
from webapp.services.live.following import follow
from webapp.services.live.keys import add_form
from webapp.services.live.values import Failed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flask import Flask, Response

    from webapp.api.kit.answer import Answer
    from webapp.services.live.draft import Draft
    from webapp.services.live.values import LiveTurn, Outcome
    from webapp.services.users import CurrentUser

#: The form in which this door's answers are kept under a key.
FORM = "json"


def stored_form(result: ChatResult) -> StoredAnswer:
    """Write an answer as it is kept under a key."""
    answer = chat_answer(result)
    return StoredAnswer(answer.status, answer.headers.get("Location"), answer.body)


def answer_turn(user: CurrentUser, wanted: TurnRequest, *, stream: bool) -> Answer | Response:
    """Run a turn: answered when it is finished, or streamed as it is written.

    A request that is repeated under its key follows the same turn, and is told the same answer.
    """
    service = AgentService(user)
    wanted = wanted._replace(key=turn_key(FORM))
    if stream or wants_events():
        begun = service.begin(wanted)
        if isinstance(begun, StoredAnswer):
            return event_stream(_replayed(begun), Idempotency_Replayed="true")
        return event_stream(turn_events(user, begun.live, begun.draft))
    answered = service.answer(wanted)
    return replay(answered) if isinstance(answered, StoredAnswer) else chat_answer(answered)


def turn_events(
    user: CurrentUser, live: LiveTurn, draft: Draft | None = None, *, sent: int | None = None
) -> Iterator[bytes]:
    """Yield the events of a live turn: from the start, or what comes after the first `sent` characters of its text.

    An event's id is the attempt and how many characters it leads up to.
    """
    if sent is None:
        yield start(start_json(live))
    length = sent or 0
    for sight in follow(user, live, draft):
        if sight is None:
            yield PING
            continue
        if len(sight.text) > length:
            yield delta(live.attempt, sight.text, length)
            length = len(sight.text)
        if sight.outcome is not None:
            yield from end_events(live.session_id, live.attempt, length, sight.outcome)


def start(data: dict[str, Any]) -> bytes:
    """Write what is known of a turn before its first word."""
    return _event("start", data, data["assistant_message_id"], 0)


def delta(attempt: str, text: str, sent: int) -> bytes:
    """Write what came after the first `sent` characters."""
    return _event("delta", {"text": text[sent:]}, attempt, len(text))


def end_events(session_id: str, attempt: str, length: int, outcome: Outcome) -> Iterator[bytes]:
    """Write how a turn ended."""
    if isinstance(outcome, ChatResult):
        yield from _done(chat_answer(outcome).data, attempt, length)
    elif isinstance(outcome, Failed):
        yield _event("error", failure_json(session_id, outcome.error()), attempt, length)
    else:
        gone = Failed("conflict", "The message was taken back, or tried again, elsewhere. Look at the session.")
        yield _event("error", failure_json(session_id, gone.error()), attempt, length)


def start_json(live: LiveTurn) -> dict[str, Any]:
    """Say what is known of a turn before its first word."""
    return {
        "session_id": live.session_id,
        "user_message_id": live.user_message_id,
        "assistant_message_id": live.attempt,
        "assistant": live.assistant,
        "question_idx": live.question_idx,
        "replaces_from_idx": live.replaces_from_idx,
        "url": live_path(live.session_id),
    }


def init_app(app: Flask) -> None:
    """Register the form of this door's answers."""
    add_form(app, FORM, stored_form)


def _replayed(stored: StoredAnswer) -> Iterator[bytes]:
    """Write the events of an answer that was kept under a key."""
    data = json.loads(stored.body)
    attempt, text = data["assistant_message_id"], data["message"]["content"]
    known = {name: data[name] for name in ("session_id", "user_message_id", "assistant_message_id")}
    untold = {"assistant": None, "question_idx": data["idx"] - 1, "replaces_from_idx": None}
    yield start(known | untold | {"url": live_path(data["session_id"])})
    yield delta(attempt, text, 0)
    yield from _done(data, attempt, len(text))


def _done(data: dict[str, Any], attempt: str, length: int) -> Iterator[bytes]:
    for citation in data["citations"]:
        yield _event("citation", citation, attempt, length)
    yield _event("done", data, attempt, length)


def _event(name: str, data: dict[str, Any], attempt: str, length: int) -> bytes:
    return event(name, data, id=f"{attempt}:{length}", model=EVENTS[name])
