from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, Response, request, url_for

from webapp.errors import Invalid, StaleTitle
from webapp.http.authentication import current_user
from webapp.services.sessions.changes import get_session, rename_session
from webapp.web.addresses import session_url
from webapp.web.changed import show_changed
from webapp.web.composer import FormInput
from webapp.web.responses import answer, open_session_id, see_other, wants_fragment
from webapp.web.sessions import show_latest

if TYPE_CHECKING:
    from webapp.errors import AppError

pages = Blueprint("titles", __name__)


@pages.get("/sessions/<id:session_id>/title")
def edit(session_id: str) -> Response:
    """Show the title's form, for htmx in the chat's row of the list."""
    session = get_session(current_user(), session_id)
    if not wants_fragment():
        return see_other(url_for("sessions.show", session_id=session_id, rename=""))
    return answer("sessions/_row_rename.html", session=session, typed=FormInput(), open_id=open_session_id())


@pages.post("/sessions/<id:session_id>/title")
def update(session_id: str) -> Response:
    """Rename a chat session. An empty title restores the automatic one."""
    title = request.form.get("title", "")
    try:
        rename_session(current_user(), session_id, title, expected_title=request.form.get("was"))
    except (Invalid, StaleTitle) as error:
        return _refused(session_id, FormInput(title=title, title_problem=error.detail), error)
    return show_changed([session_id]) if wants_fragment() else see_other(session_url(session_id))


def _refused(session_id: str, typed: FormInput, error: AppError) -> Response:
    """Show the form again, where it was, with the title that was typed."""
    if not wants_fragment():
        return show_latest(session_id, status=error.status, typed=typed)
    return answer(
        "sessions/_rename_refused.html",
        status=error.status,
        session=get_session(current_user(), session_id),
        typed=typed,
        is_renaming=True,
        is_row="row" in request.form,
        open_id=open_session_id(),
    )
