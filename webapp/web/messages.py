from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, Response

from webapp.errors import NotFound
from webapp.http.authentication import current_user
from webapp.services.transcripts.positions import find_message
from webapp.services.transcripts.reading import read_page
from webapp.web.addresses import message_url
from webapp.web.responses import see_other

if TYPE_CHECKING:
    from webapp.services.values import TranscriptMessage

pages = Blueprint("messages", __name__)


@pages.get("/messages/<id:message_id>")
def find(message_id: str) -> Response:
    """Redirect to the message's current permalink."""
    return see_other(message_url(*find_message(current_user(), message_id)))


@pages.get("/sessions/<id:session_id>/messages/<int:idx>")
def source(session_id: str, idx: int) -> Response:
    """Return the message's unchanged Markdown source as plain text. The Copy button fetches it."""
    return _plain_text(_message(session_id, idx).content)


@pages.get("/sessions/<id:session_id>/messages/<int:idx>/reasoning")
def reasoning(session_id: str, idx: int) -> Response:
    """Return the reasoning before the message as plain text, empty if there is none. Its Copy button fetches it."""
    return _plain_text(_message(session_id, idx).reasoning or "")


def _message(session_id: str, idx: int) -> TranscriptMessage:
    page = read_page(current_user(), session_id, after_idx=min(idx, 2**31) - 1, limit=1)
    if not page.messages:
        raise NotFound("This chat has no such message. Open the chat again.")
    return page.messages[0]


def _plain_text(text: str) -> Response:
    return Response(text, content_type="text/plain; charset=utf-8")
