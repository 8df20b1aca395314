from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from flask import request

from webapp.api import api
from webapp.api.answering import TurnEvents, delta, end_events
from webapp.api.kit.answer import Answer
from webapp.api.present import chat_answer, live_json
from webapp.api.schemas.live import EVENTS, DiscardedOut, LiveOut, StoppedOut
from webapp.errors import NotFound, RequestInFlight
from webapp.http.authentication import current_user
from webapp.http.events import stream_response
from webapp.http.live_answers import answer_at_end, stream_live
from webapp.http.live_stream import Following
from webapp.http.numbers import read_whole
from webapp.http.prefixed_links import prefix_json
from webapp.ids import canonical_id
from webapp.services.live import STOP_SECONDS, Failed, discard, get_live_turn, outcome_of, stored_turn
from webapp.services.live import stop as stop_answer
from webapp.services.values import ChatResult

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flask import Response

    from webapp.services.live import LiveTurn, Outcome

NOTHING = "Nothing is being written in this chat. Read its messages: what was finished is there."


@api.route(
    "GET",
    "/sessions/<id:session_id>/live",
    responses={200: LiveOut},
    problems=(404, 422),
    request_headers=("Last-Event-ID",),
    events=EVENTS,
)
def show(session_id: str) -> Answer | Response:
    """Follow the answer that is being written, as server-sent events.

    With `Accept: application/json`, what there is of it just now. The events are those of a streamed chat; a
    stream that broke off goes on behind `Last-Event-ID`, also when the answer was finished in the meantime.
    """
    user = current_user()
    attempt, sent = _last_event()
    live = get_live_turn(user, session_id)
    if _wants_json():
        outcome = outcome_of(user, live) if live else None
        if live is None or not isinstance(outcome, Failed | None):
            raise NotFound(NOTHING)
        return Answer(live_json(live, outcome))
    if live is not None and live.attempt == attempt:
        return stream_live(Following(user, live), TurnEvents(live, sent))
    result = stored_turn(user, session_id, attempt) if attempt else None
    if result is not None:
        rest = map(partial(prefix_json, prefix=request.script_root), _rest(result, attempt, sent))
        return stream_response(rest)
    if live is None:
        raise NotFound(NOTHING)
    return stream_live(Following(user, live), TurnEvents(live))


@api.route("DELETE", "/sessions/<id:session_id>/live", responses={200: DiscardedOut}, problems=(404, 409, 422))
def destroy(session_id: str) -> Answer:
    """Take an unanswered question back.

    For one whose answer failed or was interrupted. Answers with its text; a session that was made for it goes
    with it.
    """
    return Answer({"session_id": session_id, "content": discard(current_user(), session_id)})


@api.route("POST", "/sessions/<id:session_id>/live/stop", responses={200: StoppedOut}, problems=(404, 409, 422))
def stop(session_id: str) -> Answer:
    """Stop the answer that is being written.

    What is there of it is kept, with the finish reason `stopped` (`chat`). If nothing is there yet, nothing is kept
    and the question comes back (`content`). An answer that had failed already is left as it is (`live`).
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
        raise RequestInFlight("The answer is asked to stop and has not stopped yet. Look again in a moment.")
    kept = chat_answer(outcome).data if isinstance(outcome, ChatResult) else None
    failed = live_json(live, outcome) if isinstance(outcome, Failed) else None
    return Answer({"session_id": session_id, "content": live.content, "chat": kept, "live": failed})


def _wants_json() -> bool:
    """Say whether JSON is liked better than events; whoever does not say gets events."""
    return request.accept_mimetypes.best_match(["text/event-stream", "application/json"]) == "application/json"


def _last_event() -> tuple[str, int]:
    """Read `Last-Event-ID`: an attempt and a number of characters; what makes no sense is nothing."""
    attempt, _, length = request.headers.get("Last-Event-ID", "").partition(":")
    known = canonical_id(attempt)
    return ("", 0) if known is None else (known, read_whole(length) or 0)


def _rest(result: ChatResult, attempt: str, sent: int) -> Iterator[bytes]:
    text = result.turn.assistant.content
    if sent < len(text):
        yield delta(attempt, text, sent)
    yield from end_events(result.turn.session.id, attempt, len(text), result)
