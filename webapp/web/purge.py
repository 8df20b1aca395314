from __future__ import annotations

from flask import Blueprint, Response, url_for

from webapp.errors import NotArchived
from webapp.http.authentication import current_user
from webapp.services.sessions.changes import get_session
from webapp.services.sessions.purge import purge_session
from webapp.web.responses import answer, see_other
from webapp.web.sidebar import sidebar

pages = Blueprint("purge", __name__)


@pages.get("/sessions/<id:session_id>/purge")
def new(session_id: str) -> Response:
    """Ask for confirmation. Raises NotArchived."""
    session = get_session(current_user(), session_id)
    if not session.archived:
        raise NotArchived("Only an archived chat can be deleted permanently. Archive it first.")
    return answer("sessions/purge.html", session=session, **sidebar(session_id))


@pages.post("/sessions/<id:session_id>/purge")
def create(session_id: str) -> Response:
    purge_session(current_user(), session_id)
    return see_other(url_for("archive.index", deleted="yes"))
