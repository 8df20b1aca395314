from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from flask import request

from webapp.api import api
from webapp.api.answering import Seen, TurnEvents, end_events, growth_events
from webapp.api.kit.answer import Answer
from webapp.api.present import chat_answer, live_json
from webapp.api.schemas.chat import ChatOut
from webapp.api.schemas.live import EVENTS, DiscardedOut, LiveOut, StoppedOut
from webapp.errors import NotFound, RequestInFlight
from webapp.http.authentication import current_user
from webapp.http.events import stream_response
from webapp.http.live_answers import answer_at_end, stream_live
from webapp.http.live_stream import Following
from webapp.http.prefixed_links import prefix_json
from webapp.ids import canonical_id
from webapp.services.live import STOP_SECONDS, Failed, Thought, discard, get_live_turn, keep, outcome_of, stored_turn
from webapp.services.live import stop as stop_answer
from webapp.services.values import ChatResult

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flask import Response

    from webapp.services.live import LiveTurn, Outcome

NO_LIVE_TURN = "This chat has no answer in progress. Read its messages to see finished answers."


@api.route(
    "GET",
    "/sessions/<id:session_id>/live",
    responses={200: LiveOut},
    problems=(404, 422),
    request_headers=("Last-Event-ID",),
    events=EVENTS,
)
def show(session_id: str) -> Answer | Response:
    """Follow the answer in progress, as server-sent events.

    The events are those of a streamed chat. A stream resumes after `Last-Event-ID`, even if the answer was completed in
    the meantime. With `Accept: application/json`, the response is the present state of the turn.
    """
    user = current_user()
    attempt, seen = _last_event()
    live = get_live_turn(user, session_id)
    if _wants_json():
        outcome = outcome_of(user, live) if live else None
        if live is None or not isinstance(outcome, Failed | None):
            raise NotFound(NO_LIVE_TURN)
        return Answer(live_json(live, outcome))
    if live is not None and live.attempt == attempt:
        return stream_live(Following(user, live), TurnEvents(live, seen))
    result = stored_turn(user, session_id, attempt) if attempt else None
    if result is not None:
        remaining = map(partial(prefix_json, prefix=request.script_root), _remaining_events(result, attempt, seen))
        return stream_response(remaining)
    if live is None:
        raise NotFound(NO_LIVE_TURN)
    return stream_live(Following(user, live), TurnEvents(live))


@api.route("DELETE", "/sessions/<id:session_id>/live", responses={200: DiscardedOut}, problems=(404, 409, 422))
def destroy(session_id: str) -> Answer:
    """Discard a question whose answer failed or was interrupted.

    The response has the text of the question. If the session was created for this question, it is deleted too.
    """
    return Answer({"session_id": session_id, "content": discard(current_user(), session_id)})


@api.route(
    "POST", "/sessions/<id:session_id>/live/keep", responses={200: ChatOut, 201: ChatOut}, problems=(404, 409, 422)
)
def keep_text(session_id: str) -> Answer:
    """Store the text that came before a failure as the answer, with the finish reason `broken_off`."""
    return chat_answer(keep(current_user(), session_id))


@api.route("POST", "/sessions/<id:session_id>/live/stop", responses={200: StoppedOut}, problems=(404, 409, 422))
def stop(session_id: str) -> Answer:
    """Stop the answer in progress.

    The text so far is stored with the finish reason `stopped` (`chat`). If there is no text yet, nothing is stored and
    the response has the question (`content`). An answer that failed before stays as it is (`live`).
    """
    user = current_user()
    live, outcome = stop_answer(user, session_id)
    if outcome is not None:
        return _stopped(session_id, live, outcome)
    return answer_at_end(
        Following(user, live), lambda outcome: _stopped(session_id, live, outcome), timeout=STOP_SECONDS
    )


def _stopped(session_id: str, live: LiveTurn, outcome: Outcome | None) -> Answer:
    if outcome is None:
        raise RequestInFlight("The answer has not stopped yet. Please try again in a moment.")
    stored = chat_answer(outcome).data if isinstance(outcome, ChatResult) else None
    failed = live_json(live, outcome) if isinstance(outcome, Failed) else None
    return Answer({"session_id": session_id, "content": live.content, "chat": stored, "live": failed})


def _wants_json() -> bool:
    """Return whether the client prefers JSON to events. The default is events."""
    return request.accept_mimetypes.best_match(["text/event-stream", "application/json"]) == "application/json"


def _last_event() -> tuple[str, Seen]:
    """Return the attempt and what the client has in `Last-Event-ID`; an invalid value counts as none."""
    attempt, _, seen = request.headers.get("Last-Event-ID", "").partition(":")
    attempt_id = canonical_id(attempt)
    return ("", Seen()) if attempt_id is None else (attempt_id, Seen.read(seen))


def _remaining_events(result: ChatResult, attempt: str, seen: Seen) -> Iterator[bytes]:
    answer = result.turn.assistant
    # Reasoning comes before the text. A client that has text and no reasoning took the one for the other.
    is_misled = bool(answer.reasoning and seen.length and not seen.reasoning)
    thought = Thought(answer.reasoning or "", restarts=seen.restarts + is_misled)
    yield from growth_events(attempt, answer.content, thought, seen)
    # All of it is stored, so a client that claims to have more has no more than this.
    whole = Seen(len(answer.content), len(thought.text), thought.restarts)
    yield from end_events(result.turn.session.id, attempt, whole, result)
