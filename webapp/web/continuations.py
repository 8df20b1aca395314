from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, Response

from webapp.http.authentication import current_user
from webapp.services.live import continue_answer
from webapp.web.forms import whole_field
from webapp.web.retries import refused, started
from webapp.web.turns import start_turn

if TYPE_CHECKING:
    from webapp.services.idempotency import RequestKey, StoredAnswer
    from webapp.services.live import Begun

pages = Blueprint("continuations", __name__)


@pages.post("/sessions/<id:session_id>/continuations")
def create(session_id: str) -> Response:
    """Continue a failed answer, or the last one if it is not complete."""

    def begin(key: RequestKey | None) -> Begun | StoredAnswer:
        return continue_answer(current_user(), session_id, expected_last_idx=whole_field("expected_last_idx"), key=key)

    return start_turn(
        begin,
        on_started=lambda session_id, _is_new: started(session_id),
        on_refused=lambda error: refused(session_id, error),
        holds_question=False,
    )
