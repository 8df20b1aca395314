from __future__ import annotations

from typing import TYPE_CHECKING

from webapp.api.answering import ResponseMode, answer_turn
from webapp.api.asking import asks
from webapp.api.schemas.chat import ChatOut, EditIn
from webapp.http.authentication import current_user
from webapp.http.body_limits import max_bytes
from webapp.services.live import edit

if TYPE_CHECKING:
    from flask import Response

    from webapp.api.kit.answer import Answer


@asks("/sessions/<id:session_id>/edits", body=EditIn, responses={200: ChatOut})
@max_bytes(texts=1)
def create(session_id: str, body: EditIn) -> Answer | Response:
    """Edit a user message and have it answered again.

    The new turn replaces the message and everything after it as soon as the new answer is complete. If the assistant
    fails, the transcript stays unchanged. The replacement can be undone, or kept as a
    session of its own (see `replacements`).
    """
    mode = ResponseMode.read(stream=body.stream)
    begun = edit(
        current_user(),
        session_id,
        body.idx,
        body.content,
        assistant=body.assistant or None,
        expected_last_idx=body.expected_last_idx,
        drops_failed=not mode.streams,
        key=mode.key,
    )
    return answer_turn(begun, mode)
