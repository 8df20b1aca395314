from __future__ import annotations

from flask import Blueprint, Response

from webapp.http.authentication import current_user
from webapp.services.strikes.strike import strike_message
from webapp.services.transcripts.positions import find_message
from webapp.services.transcripts.reading import read_range
from webapp.web.addresses import message_url
from webapp.web.responses import answer, see_other
from webapp.web.sidebar import sidebar

pages = Blueprint("strikes", __name__)


@pages.get("/messages/<id:message_id>/strike")
def new(message_id: str) -> Response:
    """Ask for confirmation."""
    place = find_message(current_user(), message_id)
    message = read_range(current_user(), place.session_id, place.idx, place.idx + 1)[0]
    return answer("messages/strike.html", place=place, message=message, **sidebar(place.session_id))


@pages.post("/messages/<id:message_id>/strike")
def create(message_id: str) -> Response:
    """Remove the text and show the message's place."""
    strike_message(current_user(), message_id)
    return see_other(message_url(*find_message(current_user(), message_id)))
