from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING

from flask import Blueprint, Response, render_template, stream_with_context

from webapp.access import current_user, while_let_in
from webapp.body_limits import max_bytes
from webapp.errors import NotFound
from webapp.rendering import GrowingMarkdown
from webapp.services.agent import AgentService
from webapp.services.live.following import find_turn, follow
from webapp.services.live.values import TakenBack
from webapp.services.sessions import get_session
from webapp.urls import session_path
from webapp.web.end import Shown, is_news, show_end
from webapp.web.forms import text_field
from webapp.web.present import Typed, see_other, wants_fragment
from webapp.web.sessions import show_new, show_page_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from webapp.services.live.values import LiveTurn

pages = Blueprint("live", __name__)

#: A stream's lines end with any of these (WHATWG HTML, section 9.2.6): what follows a CR would be read as a field.
_LINE_END = re.compile("\r\n|\r|\n")
_PING = b": still here\n\n"
#: Seconds between two pictures of a growing reply, and how much HTML may be sent in a second.
_PACE = 0.1
_BYTES_A_SECOND = 300_000


@pages.get("/sessions/<id:session_id>/live")
def show(session_id: str) -> Response:
    """Stream the growing answer to htmx: whole each time, to be morphed in, and at last the new end of the page.

    It is always a stream: what is no more ends at once with how things stand.
    """
    shown = Shown.read()
    live = find_turn(current_user(), session_id)
    events = stream_with_context(while_let_in(_stream(session_id, live, shown)))
    response = Response(events, content_type="text/event-stream; charset=utf-8")
    response.headers["Cache-Control"] = "no-cache"
    response.headers["X-Accel-Buffering"] = "no"
    return response


@pages.get("/sessions/<id:session_id>/news")
def news(session_id: str) -> Response:
    """Bring a tab up to date: with nothing (204) if it is."""
    shown = Shown.read()
    is_due = is_news(session_id, shown)
    if not wants_fragment():
        return see_other(session_path(session_id))
    return show_end(session_id, shown, announce=True) if is_due else Response(status=204)


@pages.post("/sessions/<id:session_id>/live/stop")
@max_bytes(texts=1)
def stop(session_id: str) -> Response:
    """Stop the answer: what is there of it is kept; if nothing is, the question goes back to the composer."""
    try:
        live, outcome = AgentService(current_user()).stop(session_id)
    except NotFound:
        # It ended a moment before: look at how.
        live, outcome = None, None
    asked_anew = live is not None and not live.question_is_kept
    return _went_back(session_id, live.content if live and asked_anew and isinstance(outcome, TakenBack) else None)


@pages.post("/sessions/<id:session_id>/live/take-back")
@max_bytes(texts=1)
def take_back(session_id: str) -> Response:
    """Take an unanswered question back into the composer; one that is a message already stays where it is."""
    live = find_turn(current_user(), session_id)
    try:
        content = AgentService(current_user()).take_back(session_id)
    except NotFound:
        # It was taken back a moment before, or is answered by now: look at how.
        return _went_back(session_id, None)
    return _went_back(session_id, None if live and live.question_is_kept else content)


def _went_back(session_id: str, content: str | None) -> Response:
    """Show the chat with the question in its composer, before whatever is being typed there."""
    draft = text_field("content")
    typed = None if content is None else Typed("\n\n".join(filter(None, (content, draft))))
    try:
        get_session(current_user(), session_id)
    except NotFound:
        # The chat was made for this question alone.
        response = show_new(typed=typed or Typed(draft), is_fragment=wants_fragment())
        response.headers["HX-Replace-Url"] = "/sessions"
        return response
    if wants_fragment():
        return show_end(session_id, Shown.read(), typed=typed)
    return see_other(session_path(session_id)) if typed is None else show_page_of(session_id, typed=typed)


def _stream(session_id: str, live: LiveTurn | None, shown: Shown) -> Iterator[bytes]:
    if live is not None and live.attempt == shown.attempt:
        growing = GrowingMarkdown()
        for sight in follow(current_user(), live, pace=_PACE):
            if sight is None:
                yield _PING
            elif sight.outcome is not None:
                break
            elif sight.text:
                began = time.monotonic()
                html = growing.render(sight.text)
                took = time.monotonic() - began
                yield _message(html, f"{live.attempt}:{len(sight.text)}")
                # A long reply is drawn less often: neither the line nor a core is filled with it.
                time.sleep(max(len(html) / _BYTES_A_SECOND, 3 * took))
        else:
            # This process is about to end; the page asks again, elsewhere.
            return
    try:
        end = show_end(session_id, shown, announce=True)
    except NotFound:
        yield _message(render_template("chat/_gone.html", was=shown), "gone")
        return
    yield _message(end.get_data(as_text=True), "end")


def _message(html: str, name: str) -> bytes:
    lines = "".join(f"data: {line}\n" for line in _LINE_END.split(html))
    return f"id: {name}\n{lines}\n".encode()
