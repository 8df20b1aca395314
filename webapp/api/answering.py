"""The response of every operation that asks an assistant: the finished turn, or server-sent events."""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from flask import request

from webapp.api.forms import CHAT_FORM
from webapp.api.kit.events import event
from webapp.api.kit.keys import replay, request_key
from webapp.api.present import chat_answer, failed_facts, failure_json, live_path
from webapp.api.schemas.live import EVENTS
from webapp.errors import AppError
from webapp.http.authentication import current_user
from webapp.http.events import stream_response, wants_events
from webapp.http.live_answers import answer_at_end, stream_live
from webapp.http.live_stream import Following
from webapp.http.numbers import read_whole
from webapp.http.prefixed_links import prefix_json
from webapp.http.request_keys import REPLAYED
from webapp.services.idempotency import StoredAnswer
from webapp.services.live import Failed, Thought, conclude
from webapp.services.values import ChatResult

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flask import Response

    from webapp.api.kit.answer import Answer
    from webapp.services.idempotency import RequestKey
    from webapp.services.live import Begun, LiveSnapshot, LiveTurn, Outcome
    from webapp.services.users import CurrentUser


class Seen(NamedTuple):
    """What a client has of a live turn: characters of the text and of the reasoning, and the number of restarts.

    As a text it is the length alone, or all three numbers if the model has thought.
    """

    length: int = 0
    reasoning: int = 0
    restarts: int = 0

    def after(self, text: str, thought: Thought) -> Seen:
        """Return what the client has after it was sent all of this. A lagging row may have less than the client."""
        if thought.restarts > self.restarts:
            return Seen(len(text), max(self.reasoning, len(thought.text)), thought.restarts)
        return Seen(max(self.length, len(text)), max(self.reasoning, len(thought.text)), self.restarts)

    def __str__(self) -> str:
        return ":".join(map(str, self if any(self[1:]) else self[:1]))

    @classmethod
    def read(cls, text: str) -> Seen:
        """Read the text of a Seen. A number that is missing or none counts as 0."""
        return cls(*(read_whole(number) or 0 for number in text.split(":")[:3]))


class ResponseMode(NamedTuple):
    """How to answer a request: its idempotency key, and whether as server-sent events."""

    key: RequestKey | None
    streams: bool

    @classmethod
    def read(cls, *, stream: bool) -> ResponseMode:
        """Read the headers of the request. `stream` is the field of its body."""
        return cls(request_key(CHAT_FORM), stream or wants_events())


def answer_turn(begun: Begun | StoredAnswer, mode: ResponseMode, *, holds_question: bool = True) -> Answer | Response:
    """Return the finished turn, or stream the answer while it is written.

    `holds_question` is true if the client has the text of the question. A failed turn is then discarded, unless it is
    streamed or has text, which can be kept or continued.
    """
    user = current_user()
    if isinstance(begun, StoredAnswer):
        return replay_events(begun) if mode.streams else replay(begun)
    live = begun.live
    following = Following(user, live, begun.draft)
    if mode.streams:
        return stream_live(following, TurnEvents(live))
    return answer_at_end(following, partial(_finish, user, live, holds_question))


def _finish(user: CurrentUser, live: LiveTurn, holds_question: bool, outcome: Outcome | None) -> Answer:
    try:
        return chat_answer(conclude(user, live, outcome, holds_question=holds_question, keeps_text=True))
    except AppError as error:
        if isinstance(outcome, Failed) and outcome.has_text:
            error.facts = failed_facts(live.session_id, outcome) | error.facts
        raise


def replay_events(stored: StoredAnswer) -> Response:
    """Stream a stored answer as the events of its turn."""
    events = map(partial(prefix_json, prefix=request.script_root), _replayed(stored))
    return stream_response(events, REPLAYED)


class TurnEvents:
    """Writes the events of a live turn: all of them, or those after the place that a client has seen.

    The id of an event is the attempt and the Seen up to and including the event.
    """

    def __init__(self, live: LiveTurn, seen: Seen | None = None) -> None:
        self._live = live
        self._from_start = seen is None
        self._seen = seen or Seen()
        self._prefix = request.script_root

    def opening(self) -> bytes:
        return prefix_json(start(start_json(self._live)), self._prefix) if self._from_start else b""

    def growth(self, snapshot: LiveSnapshot) -> bytes:
        piece = b"".join(growth_events(self._live.attempt, snapshot.text, snapshot.thought, self._seen))
        self._seen = self._seen.after(snapshot.text, snapshot.thought)
        return piece

    def ending(self, snapshot: LiveSnapshot) -> bytes:
        """Return the remaining text and the last events."""
        assert snapshot.outcome is not None
        remaining = self.growth(snapshot)
        ending = b"".join(end_events(self._live.session_id, self._live.attempt, self._seen, snapshot.outcome))
        return remaining + prefix_json(ending, self._prefix)

    def broken(self, error: AppError) -> bytes:
        """Return the event for a stream that cannot continue. The answer itself may go on."""
        failure = _event("error", failure_json(self._live.session_id, error), self._live.attempt, self._seen)
        return prefix_json(failure, self._prefix)


def start(data: dict[str, Any]) -> bytes:
    return _event("start", data, data["assistant_message_id"], Seen())


def growth_events(attempt: str, text: str, thought: Thought, seen: Seen) -> Iterator[bytes]:
    """Yield the events with what is new. `restart` says that the text so far was reasoning."""
    if thought.restarts > seen.restarts:
        seen = Seen(0, seen.reasoning, thought.restarts)
        yield _event("restart", {}, attempt, seen)
    if len(thought.text) > seen.reasoning:
        piece, seen = thought.text[seen.reasoning :], seen._replace(reasoning=len(thought.text))
        yield _event("reasoning", {"text": piece}, attempt, seen)
    if len(text) > seen.length:
        yield _event("delta", {"text": text[seen.length :]}, attempt, seen._replace(length=len(text)))


def end_events(session_id: str, attempt: str, seen: Seen, outcome: Outcome) -> Iterator[bytes]:
    if isinstance(outcome, ChatResult):
        yield from _done(chat_answer(outcome).data, attempt, seen)
    elif isinstance(outcome, Failed):
        failure = failure_json(session_id, outcome.error(), failed_facts(session_id, outcome))
        yield _event("error", failure, attempt, seen)
    else:
        superseded = Failed("conflict", "The message was discarded or retried elsewhere. Read the session again.")
        yield _event("error", failure_json(session_id, superseded.error()), attempt, seen)


def start_json(live: LiveTurn) -> dict[str, Any]:
    return {
        "session_id": live.session_id,
        "user_message_id": live.user_message_id,
        "assistant_message_id": live.attempt,
        "assistant": live.assistant,
        "question_idx": live.question_idx,
        "replaces_from_idx": live.replaces_from_idx,
        "url": live_path(live.session_id),
    }


def _replayed(stored: StoredAnswer) -> Iterator[bytes]:
    data = json.loads(stored.body)
    attempt, text = data["assistant_message_id"], data["message"]["content"]
    ids = {name: data[name] for name in ("session_id", "user_message_id", "assistant_message_id")}
    unstored = {"assistant": None, "question_idx": data["idx"] - 1, "replaces_from_idx": None}
    yield start(ids | unstored | {"url": live_path(data["session_id"])})
    thought = Thought(data["message"].get("reasoning") or "")
    yield from growth_events(attempt, text, thought, Seen())
    yield from _done(data, attempt, Seen().after(text, thought))


def _done(data: dict[str, Any], attempt: str, seen: Seen) -> Iterator[bytes]:
    for citation in data["citations"]:
        yield _event("citation", citation, attempt, seen)
    yield _event("done", data, attempt, seen)


def _event(name: str, data: dict[str, Any], attempt: str, seen: Seen) -> bytes:
    return event(name, data, id=f"{attempt}:{seen}", model=EVENTS[name])
