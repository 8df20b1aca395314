"""The chats of a tag."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, request

from webapp.http.authentication import current_user
from webapp.services.sessions.listing import SessionFilter, list_sessions
from webapp.services.tags.changes import get_tag
from webapp.web.responses import answer, wants_fragment
from webapp.web.sidebar import sidebar

pages = Blueprint("tags", __name__)


@pages.get("/tags/<id:tag_id>")
def show(tag_id: str) -> Response:
    """List the chats of a tag. htmx gets more of them."""
    tag = get_tag(current_user(), tag_id)
    page = list_sessions(current_user(), SessionFilter(tag_id=tag_id), cursor=request.args.get("page"))
    context: dict[str, Any] = {"tag": tag, "chats": page.data, "next_chats": page.next}
    if wants_fragment():
        return answer("tags/_chats.html", **context)
    return answer("tags/show.html", **context, **sidebar(None, tag_id=tag_id))
