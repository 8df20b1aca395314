"""The response to a form that changed chat sessions: for htmx the regions that show them, else a redirect."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from flask import request

from webapp.http.authentication import current_user
from webapp.services.sessions.changes import get_session
from webapp.web.responses import answer, open_session_id
from webapp.web.sidebar import sidebar

if TYPE_CHECKING:
    from collections.abc import Collection

    from flask import Response


def show_changed(changed: Collection[str], **notice: Any) -> Response:
    """Return the list, the header of the open chat if it is among `changed`, and the notice.

    The transcript, its place on the screen and the composer stay as they are. `notice` is the notice's template
    context.
    """
    open_id = open_session_id()
    context: dict[str, Any] = {
        "session": get_session(current_user(), open_id) if open_id and open_id in changed else None
    }
    filter_text = unquote(request.headers.get("X-List-Filter", "")).replace("\0", "").strip()[:200]
    lists = sidebar(open_id, title=filter_text, from_cursor=False, has_shelf=True)
    return answer("sessions/_changed.html", **context, **notice, **lists)
