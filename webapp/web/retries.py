from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, Response, request

from webapp.errors import NotFound
from webapp.http.authentication import current_user
from webapp.services.live import retry
from webapp.web.addresses import session_url
from webapp.web.chat import problem_fragment
from webapp.web.composer import FormInput
from webapp.web.forms import whole_field
from webapp.web.responses import see_other, wants_fragment
from webapp.web.sessions import show_latest
from webapp.web.turns import start_turn
from webapp.web.updates import TabState, render_updates

if TYPE_CHECKING:
    from webapp.errors import AppError
    from webapp.services.idempotency import RequestKey, StoredAnswer
    from webapp.services.live import Begun

pages = Blueprint("retries", __name__)


@pages.post("/sessions/<id:session_id>/retries")
def create(session_id: str) -> Response:
    """Retry a failed turn or regenerate the last answer, with the same or another assistant."""

    def begin(key: RequestKey | None) -> Begun | StoredAnswer:
        return retry(
            current_user(),
            session_id,
            assistant=request.form.get("assistant") or None,
            expected_last_idx=whole_field("expected_last_idx"),
            key=key,
        )

    return start_turn(
        begin,
        on_started=lambda session_id, _is_new: started(session_id),
        on_refused=lambda error: refused(session_id, error),
        holds_question=False,
    )


def started(session_id: str) -> Response:
    return render_updates(session_id, TabState.read()) if wants_fragment() else see_other(session_url(session_id))


def refused(session_id: str, error: AppError) -> Response:
    if wants_fragment():
        return problem_fragment(error, session_id)
    if isinstance(error, NotFound):
        raise error
    return show_latest(session_id, status=error.status, typed=FormInput(problem=error.detail))
