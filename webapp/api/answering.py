"""The response of every operation that asks an assistant: the finished turn, or server-sent events."""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from flask import request

from webapp.api.forms import CHAT_FORM
from webapp.api.kit.events import event
from webapp.api.kit.keys import replay, request_key
from webapp.api.present import chat_answer, failure_json, live_path
from webapp.api.schemas.live import EVENTS
from webapp.http.authentication import current_user
from webapp.http.events import stream_response, wants_events
from webapp.http.live_answers import answer_at_end, stream_live
from webapp.http.live_stream import Following
from webapp.http.prefixed_links import prefix_json
from webapp.http.request_keys import REPLAYED
from webapp.services.idempotency import StoredAnswer
from webapp.services.live import Failed, conclude
from webapp.services.values import ChatResult

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flask import Response

    from webapp.api.kit.answer import Answer
    from webapp.errors import AppError
    from webapp.services.idempotency import RequestKey
    from webapp.services.live import Begun, LiveSnapshot, LiveTurn, Outcome


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
    streamed.
    """
    user = current_user()
    if isinstance(begun, StoredAnswer):
        return replay_events(begun) if mode.streams else replay(begun)
    live = begun.live
    following = Following(user, live, begun.draft)
    if mode.streams:
        return stream_live(following, TurnEvents(live))
    return answer_at_end(
        following, lambda outcome: chat_answer(conclude(user, live, outcome, holds_question=holds_question))
    )


def replay_events(stored: StoredAnswer) -> Response:
    """Stream a stored answer as the events of its turn."""
    events = map(partial(prefix_json, prefix=request.script_root), _replayed(stored))
    return stream_response(events, REPLAYED)


class TurnEvents:
    """Writes the events of a live turn: all of them, or those after the first `sent` characters of its text.

    The id of an event is `attempt:length`; `length` counts the characters of the text up to and including the event.
    """

    def __init__(self, live: LiveTurn, sent: int | None = None) -> None:
        self._live = live
        self._from_start = sent is None
        self._sent = sent or 0
        self._prefix = request.script_root

    def opening(self) -> bytes:
        return prefix_json(start(start_json(self._live)), self._prefix) if self._from_start else b""

    def growth(self, snapshot: LiveSnapshot) -> bytes:
        if len(snapshot.text) <= self._sent:
            return b""
        piece = delta(self._live.attempt, snapshot.text, self._sent)
        self._sent = len(snapshot.text)
        return piece

    def ending(self, snapshot: LiveSnapshot) -> bytes:
        """Return the remaining text and the last events."""
        assert snapshot.outcome is not None
        remaining = self.growth(snapshot)
        ending = b"".join(end_events(self._live.session_id, self._live.attempt, self._sent, snapshot.outcome))
        return remaining + prefix_json(ending, self._prefix)

    def broken(self, error: AppError) -> bytes:
        """Return the event for a stream that cannot continue. The answer itself may go on."""
        failure = _event("error", failure_json(self._live.session_id, error), self._live.attempt, self._sent)
        return prefix_json(failure, self._prefix)


def start(data: dict[str, Any]) -> bytes:
    return _event("start", data, data["assistant_message_id"], 0)


def delta(attempt: str, text: str, sent: int) -> bytes:
    """Return the event with the text after the first `sent` characters."""
    return _event("delta", {"text": text[sent:]}, attempt, len(text))


def end_events(session_id: str, attempt: str, length: int, outcome: Outcome) -> Iterator[bytes]:
    if isinstance(outcome, ChatResult):
        yield from _done(chat_answer(outcome).data, attempt, length)
    elif isinstance(outcome, Failed):
        yield _event("error", failure_json(session_id, outcome.error()), attempt, length)
    else:
        superseded = Failed("conflict", "The message was discarded or retried elsewhere. Read the session again.")
        yield _event("error", failure_json(session_id, superseded.error()), attempt, length)


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
    yield delta(attempt, text, 0)
    yield from _done(data, attempt, len(text))


def _done(data: dict[str, Any], attempt: str, length: int) -> Iterator[bytes]:
    for citation in data["citations"]:
        yield _event("citation", citation, attempt, length)
    yield _event("done", data, attempt, length)


def _event(name: str, data: dict[str, Any], attempt: str, length: int) -> bytes:
    return event(name, data, id=f"{attempt}:{length}", model=EVENTS[name])
