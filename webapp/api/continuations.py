from __future__ import annotations

from typing import TYPE_CHECKING

from webapp.api.answering import ResponseMode, answer_turn
from webapp.api.asking import asks
from webapp.api.schemas.chat import ContinueIn
from webapp.http.authentication import current_user
from webapp.services.live import continue_answer

if TYPE_CHECKING:
    from flask import Response

    from webapp.api.kit.answer import Answer


@asks("/sessions/<id:session_id>/continuations", body=ContinueIn, body_is_optional=True)
def create(session_id: str, body: ContinueIn) -> Answer | Response:
    """Continue an answer that is not complete: a failed one, or the last one if it was cut off or stopped.

    The assistant gets the history and the beginning of the answer. The end stores one message with both parts. In a
    stream the first `delta` has the beginning.
    """
    mode = ResponseMode.read(stream=body.stream)
    begun = continue_answer(current_user(), session_id, expected_last_idx=body.expected_last_idx, key=mode.key)
    return answer_turn(begun, mode, holds_question=False)
