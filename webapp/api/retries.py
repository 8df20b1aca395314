from __future__ import annotations

from typing import TYPE_CHECKING

from webapp.api import api
from webapp.api.answering import ResponseMode, answer_turn
from webapp.api.links import session_links
from webapp.api.schemas.chat import ChatOut, RetryIn
from webapp.api.schemas.live import EVENTS
from webapp.http.authentication import current_user
from webapp.services.live import retry

if TYPE_CHECKING:
    from flask import Response

    from webapp.api.kit.answer import Answer


@api.route(
    "POST",
    "/sessions/<id:session_id>/retries",
    body=RetryIn,
    body_is_optional=True,
    responses={200: ChatOut, 201: ChatOut},
    problems=(400, 404, 409, 413, 415, 422, 502),
    request_headers=("Idempotency-Key",),
    events=EVENTS,
    links=session_links("$response.body#/session_id"),
)
def create(session_id: str, body: RetryIn) -> Answer | Response:
    """Retry an unanswered question, or regenerate the last answer.

    If no question is unanswered, the last answer is generated again, by another assistant if you name one. The new
    answer replaces the old one as soon as it is complete.
    """
    mode = ResponseMode.read(stream=body.stream)
    begun = retry(
        current_user(),
        session_id,
        assistant=body.assistant or None,
        expected_last_idx=body.expected_last_idx,
        key=mode.key,
    )
    # The client may not have the question: it is in the live turn or in the transcript.
    return answer_turn(begun, mode, holds_question=False)
