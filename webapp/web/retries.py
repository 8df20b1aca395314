from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, Response, request

from webapp.errors import NotFound
from webapp.services.live.agent_service import TurnRequest
from webapp.web.addresses import session_url
from webapp.web.chat import problem_fragment
from webapp.web.forms import whole_field
from webapp.web.present import Typed, see_other, wants_fragment
from webapp.web.sessions import show_page_of
from webapp.web.turns import ask
from webapp.web.updates import TabState, render_updates

if TYPE_CHECKING:
    from webapp.errors import AppError

pages = Blueprint("retries", __name__)


@pages.post("/sessions/<id:session_id>/retries")
def create(session_id: str) -> Response:
    """Ask again what was not answered, or make the last answer anew, perhaps by another assistant."""
    wanted = TurnRequest(
        content=None,
        session_id=session_id,
        expected_last_idx=whole_field("expected_last_idx"),
        assistant=request.form.get("assistant") or None,
    )
    return ask(
        wanted,
        request.form.get("key", ""),
        asked=lambda session_id, _made: _asked(session_id),
        refused=lambda error: _refused(session_id, error),
    )


def _asked(session_id: str) -> Response:
    return render_updates(session_id, TabState.read()) if wants_fragment() else see_other(session_url(session_id))


def _refused(session_id: str, error: AppError) -> Response:
    if wants_fragment():
        return problem_fragment(error, session_id)
    if isinstance(error, NotFound):
        raise error
    return show_page_of(session_id, status=error.status, typed=Typed(problem=error.detail))
