from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from webapp.api import api
from webapp.api.carried import carried
from webapp.api.kit.answer import Answer
from webapp.api.schemas.temporary import TEMPORARY_EVENTS, TemporaryIn, TemporaryOut
from webapp.api.temporary_events import TemporaryEvents, whole_turn
from webapp.http.authentication import current_user
from webapp.http.body_limits import max_bytes
from webapp.http.events import wants_events
from webapp.http.handoff import in_this_request
from webapp.http.live_answers import answer_at_end, stream_live
from webapp.http.live_stream import Following
from webapp.services.carried import MOST_TEXTS
from webapp.services.live import ask_temporarily, leave

if TYPE_CHECKING:
    from flask import Response

    from webapp.services.live import Draft, Outcome


@api.route(
    "POST",
    "/temporary",
    body=TemporaryIn,
    responses={200: TemporaryOut},
    problems=(400, 409, 413, 415, 422, 502),
    events=TEMPORARY_EVENTS,
)
@max_bytes(texts=MOST_TEXTS + 1, on_disk=False)
def create(body: TemporaryIn) -> Answer | Response:
    """Ask an assistant in a temporary chat. Nothing is stored or logged.

    The client carries the transcript: it adds the `turn` of each response to the `turns` of its next request. The
    answer stops when the client disconnects, so a stream cannot be resumed. To keep the chat, create a session with
    these `turns`. An `Idempotency-Key` has no effect. The problem of a failed answer has the turn as far as it came.
    """
    user = current_user()
    begun = ask_temporarily(user, carried(body.turns), body.content, assistant=body.assistant or None)
    assert begun.draft is not None
    following = Following(user, begun.live, begun.draft)
    on_gone = in_this_request(partial(leave, begun.live, begun.draft))
    if body.stream or wants_events():
        return stream_live(following, TemporaryEvents(begun.live), on_gone=on_gone)
    return answer_at_end(following, partial(_finish, begun.draft), on_gone=on_gone)


def _finish(draft: Draft, outcome: Outcome | None) -> Answer:
    return Answer(whole_turn(draft.snapshot()._replace(outcome=outcome)))
