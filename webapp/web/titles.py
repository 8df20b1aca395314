from __future__ import annotations

from flask import Blueprint, Response, request

from webapp.errors import Invalid, StaleTitle
from webapp.http.authentication import current_user
from webapp.services.sessions.changes import rename_session
from webapp.web.addresses import session_url
from webapp.web.composer import FormInput
from webapp.web.responses import see_other
from webapp.web.sessions import show_latest

pages = Blueprint("titles", __name__)


@pages.post("/sessions/<id:session_id>/title")
def update(session_id: str) -> Response:
    """Rename a chat session. An empty title restores the automatic one."""
    title = request.form.get("title", "")
    try:
        rename_session(current_user(), session_id, title, expected_title=request.form.get("was"))
    except (Invalid, StaleTitle) as error:
        typed = FormInput(title=title, title_problem=error.detail)
        return show_latest(session_id, status=error.status, typed=typed)
    return see_other(session_url(session_id))
