from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, request

from webapp.http.authentication import current_user
from webapp.http.numbers import read_whole
from webapp.services.sessions.changes import archive_session, restore_session
from webapp.services.sessions.listing import SessionFilter, list_sessions
from webapp.web.addresses import session_url
from webapp.web.changed import show_changed
from webapp.web.responses import answer, open_session_id, redirect_browser, return_address, wants_fragment
from webapp.web.sidebar import sidebar

pages = Blueprint("archive", __name__)


@pages.get("/sessions/archived")
def index() -> Response:
    page = list_sessions(current_user(), SessionFilter(archived="only"), cursor=request.args.get("page"))
    context: dict[str, Any] = {"archived": page.data, "next_archived": page.next}
    if wants_fragment():
        return answer("sessions/_archived.html", **context)
    return answer("sessions/archived.html", **context, deleted=_deleted(request.args.get("deleted")), **sidebar(None))


@pages.post("/sessions/<id:session_id>/archive")
def create(session_id: str) -> Response:
    """Archive a chat session. The page that the form was on then offers Undo."""
    session = archive_session(current_user(), session_id)
    if wants_fragment() and open_session_id() != session_id:
        return show_changed([], undo=session)
    return redirect_browser(return_address(session_url(session_id), undo=session_id))


@pages.post("/sessions/<id:session_id>/restore")
def destroy(session_id: str) -> Response:
    restore_session(current_user(), session_id)
    if wants_fragment() and open_session_id() not in {None, session_id}:
        return show_changed([])
    return redirect_browser(session_url(session_id))


def _deleted(count: str | None) -> str:
    """Return the notice after a deletion. `count` is the number of chats if there were several."""
    number = read_whole(count or "")
    if number is None:
        return "" if count is None else "Deleted permanently."
    return f"{number} chat{'' if number == 1 else 's'} deleted permanently."
