from __future__ import annotations

from flask import Blueprint, Response

from webapp.http.authentication import current_user
from webapp.services.sessions.changes import pin_session, unpin_session
from webapp.web.addresses import session_url
from webapp.web.responses import return_address, see_other

pages = Blueprint("pins", __name__)


@pages.post("/sessions/<id:session_id>/pin")
def create(session_id: str) -> Response:
    pin_session(current_user(), session_id)
    return see_other(return_address(session_url(session_id)))


@pages.post("/sessions/<id:session_id>/unpin")
def destroy(session_id: str) -> Response:
    unpin_session(current_user(), session_id)
    return see_other(return_address(session_url(session_id)))
