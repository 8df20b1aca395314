from __future__ import annotations

from typing import TYPE_CHECKING

from webapp.api import api
from webapp.api.forms import TURN_FORM
from webapp.api.kit.keys import request_key
from webapp.api.links import session_links
from webapp.api.present import turn_answer
from webapp.api.schemas.turns import TurnIn, TurnOut
from webapp.http.authentication import current_user
from webapp.http.body_limits import max_bytes
from webapp.services.transcripts.appending import append_turn
from webapp.services.values import NewMessage

if TYPE_CHECKING:
    from webapp.api.kit.answer import Answer


@api.route(
    "POST",
    "/sessions/<id:session_id>/turns",
    body=TurnIn,
    responses={201: TurnOut},
    problems=(400, 404, 409, 413, 415, 422),
    request_headers=("Idempotency-Key",),
    links=session_links("$response.body#/session_id"),
)
@max_bytes(texts=2)
def create(session_id: str, body: TurnIn) -> Answer:
    """Append a finished turn from elsewhere: a user message and its answer, in one transaction."""
    turn = append_turn(
        current_user(),
        session_id,
        NewMessage(content=body.user.content, pointer="#/user/content", create_time=body.user.create_time),
        NewMessage(
            content=body.assistant.content,
            pointer="#/assistant/content",
            create_time=body.assistant.create_time,
            model=body.assistant.model,
            finish_reason=body.assistant.finish_reason,
            reasoning=body.assistant.reasoning,
            reasoning_seconds=body.assistant.reasoning_seconds,
        ),
        expected_last_idx=body.expected_last_idx,
        key=request_key(TURN_FORM),
    )
    return turn_answer(turn)
