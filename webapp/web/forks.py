from __future__ import annotations

from flask import Blueprint, Response

from webapp.errors import Invalid
from webapp.http.authentication import current_user
from webapp.services.sessions.forks import fork_session
from webapp.web.addresses import session_url
from webapp.web.forms import whole_field
from webapp.web.responses import see_other

pages = Blueprint("forks", __name__)


@pages.post("/sessions/<id:session_id>/forks")
def create(session_id: str) -> Response:
    """Fork the chat session at the message `idx` and open the fork."""
    idx = whole_field("idx")
    if idx is None:
        raise Invalid.field("idx", "missing", "Choose a message to fork from. Every message has a Fork button.")
    return see_other(session_url(fork_session(current_user(), session_id, idx).id))
