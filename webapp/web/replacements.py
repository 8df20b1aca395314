from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, Response

from webapp.errors import AppError, NotFound
from webapp.http.authentication import current_user
from webapp.services.replacements.keeping_both import keep_both
from webapp.services.replacements.undoing import undo_replacement
from webapp.web.addresses import session_url
from webapp.web.chat import problem_fragment
from webapp.web.composer import FormInput
from webapp.web.responses import see_other, wants_fragment
from webapp.web.sessions import show_latest
from webapp.web.updates import TabState, render_updates

if TYPE_CHECKING:
    from webapp.services.values import SessionRow

pages = Blueprint("replacements", __name__)


@pages.post("/sessions/<id:session_id>/replacements/<id:replacement_id>/undo")
def undo(session_id: str, replacement_id: str) -> Response:
    """Put back what the last edit or new answer replaced."""
    try:
        undo_replacement(current_user(), session_id, replacement_id)
    except AppError as error:
        return _refused(session_id, error)
    return render_updates(session_id, TabState.read()) if wants_fragment() else see_other(session_url(session_id))


@pages.post("/sessions/<id:session_id>/replacements/<id:replacement_id>/fork")
def keep(session_id: str, replacement_id: str) -> Response:
    """Open what was replaced as a chat of its own."""
    try:
        fork: SessionRow = keep_both(current_user(), session_id, replacement_id)
    except AppError as error:
        return _refused(session_id, error)
    return see_other(session_url(fork.id))


def _refused(session_id: str, error: AppError) -> Response:
    if wants_fragment():
        return problem_fragment(error, session_id)
    if isinstance(error, NotFound):
        raise error
    return show_latest(session_id, status=error.status, typed=FormInput(problem=error.detail))
