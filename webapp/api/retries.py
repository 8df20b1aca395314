from __future__ import annotations

from typing import TYPE_CHECKING

from webapp.api.answering import ResponseMode, answer_turn
from webapp.api.asking import asks
from webapp.api.schemas.chat import RetryIn
from webapp.http.authentication import current_user
from webapp.services.live import retry

if TYPE_CHECKING:
    from flask import Response

    from webapp.api.kit.answer import Answer


@asks("/sessions/<id:session_id>/retries", body=RetryIn, body_is_optional=True)
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
