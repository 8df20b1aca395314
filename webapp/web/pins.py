from __future__ import annotations

from flask import Blueprint, Response

from webapp.http.authentication import current_user
from webapp.services.sessions.changes import pin_session, unpin_session
from webapp.web.addresses import session_url
from webapp.web.changed import show_changed
from webapp.web.responses import return_address, see_other, wants_fragment

pages = Blueprint("pins", __name__)


@pages.post("/sessions/<id:session_id>/pin")
def create(session_id: str) -> Response:
    pin_session(current_user(), session_id)
    return _show(session_id)


@pages.post("/sessions/<id:session_id>/unpin")
def destroy(session_id: str) -> Response:
    unpin_session(current_user(), session_id)
    return _show(session_id)


def _show(session_id: str) -> Response:
    return show_changed([session_id]) if wants_fragment() else see_other(return_address(session_url(session_id)))
