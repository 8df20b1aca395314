from __future__ import annotations

import time
from contextlib import aclosing
from functools import partial
from typing import TYPE_CHECKING

from flask import Blueprint, Response, render_template, request, url_for

from webapp.errors import NotFound
from webapp.http.authentication import current_user
from webapp.http.body_limits import max_bytes
from webapp.http.events import PING, write_event
from webapp.http.handoff import in_this_request
from webapp.http.live_answers import answer_at_end, event_response
from webapp.http.live_stream import Following
from webapp.http.permission import Permission
from webapp.http.prefixed_links import prefix_html
from webapp.services.live import SHORTEST_PAUSE, STOP_SECONDS, Discarded, Drawing, follow, get_live_turn
from webapp.services.live import discard as discard_turn
from webapp.services.live import stop as stop_answer
from webapp.services.sessions.changes import get_session
from webapp.web.addresses import session_url
from webapp.web.composer import Typed
from webapp.web.forms import text_field
from webapp.web.responses import see_other, wants_fragment
from webapp.web.sessions import show_new, show_page_of
from webapp.web.updates import TabState, has_updates, render_updates

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

    from webapp.services.live import Feeds, LiveTurn, Outcome
    from webapp.services.users import CurrentUser

pages = Blueprint("live", __name__)


@pages.get("/sessions/<id:session_id>/live")
def show(session_id: str) -> Response:
    """Stream the growing answer to htmx: whole each time, to be morphed in, and at last the new end of the page.

    It is always a stream: what is no more ends at once with how things stand.
    """
    shown = TabState.read()
    user = current_user()
    live = get_live_turn(user, session_id)
    followed = live if live is not None and live.attempt == shown.attempt else None
    end = partial(_end, session_id, shown)
    return event_response(
        lambda: _blocking(user, followed, end), lambda feeds: PageStream(feeds, user, followed, end), None, user
    )


@pages.get("/sessions/<id:session_id>/news")
def news(session_id: str) -> Response:
    """Bring a tab up to date: with nothing (204) if it is."""
    shown = TabState.read()
    is_due = has_updates(session_id, shown)
    if not wants_fragment():
        return see_other(session_url(session_id))
    return render_updates(session_id, shown, announce=True) if is_due else Response(status=204)


@pages.post("/sessions/<id:session_id>/live/stop")
@max_bytes(texts=1)
def stop(session_id: str) -> Response:
    """Stop the answer: what is there of it is kept; if nothing is, the question goes back to the composer."""
    user = current_user()
    try:
        live, outcome = stop_answer(user, session_id)
    except NotFound:
        # It ended a moment before: look at how.
        return _went_back(session_id, None)
    if outcome is not None:
        return _stopped(live, outcome)
    return answer_at_end(Following(user, live), partial(_stopped, live), timeout=STOP_SECONDS)


def _stopped(live: LiveTurn, outcome: Outcome | None) -> Response:
    comes_back = isinstance(outcome, Discarded) and not live.question_is_stored
    return _went_back(live.session_id, live.content if comes_back else None)


@pages.post("/sessions/<id:session_id>/live/take-back")
@max_bytes(texts=1)
def discard(session_id: str) -> Response:
    """Take an unanswered question back into the composer; one that is a message already stays where it is."""
    live = get_live_turn(current_user(), session_id)
    try:
        content = discard_turn(current_user(), session_id)
    except NotFound:
        # It was taken back a moment before, or is answered by now: look at how.
        return _went_back(session_id, None)
    return _went_back(session_id, None if live and live.question_is_stored else content)


def _went_back(session_id: str, content: str | None) -> Response:
    """Show the chat with the question in its composer, before whatever is being typed there."""
    draft = text_field("content")
    typed = None if content is None else Typed("\n\n".join(filter(None, (content, draft))))
    try:
        get_session(current_user(), session_id)
    except NotFound:
        # The chat was made for this question alone.
        response = show_new(typed=typed or Typed(draft), is_fragment=wants_fragment())
        response.headers["HX-Replace-Url"] = url_for("sessions.new")
        return response
    if wants_fragment():
        return render_updates(session_id, TabState.read(), typed=typed)
    return see_other(session_url(session_id)) if typed is None else show_page_of(session_id, typed=typed)


class PageStream:
    """Pictures of a growing answer, and at last the new end of the page, sent by the event loop.

    Without a `live` turn there is only the end.
    """

    def __init__(self, feeds: Feeds, user: CurrentUser, live: LiveTurn | None, end: Callable[[], bytes]) -> None:
        self._feeds = feeds
        self._user = user
        self._live = live
        self._end = in_this_request(end)
        self._permission = Permission(feeds)
        self._prefix = request.script_root

    async def run(self, send: Callable[[bytes], Awaitable[None]]) -> None:
        """Send them. It ends without the end of the page only if the process ends: the page asks again, elsewhere."""
        if self._live is not None and not await self._send_pictures(self._live, send):
            return
        await send(await self._feeds.run(self._end))

    async def _send_pictures(self, live: LiveTurn, send: Callable[[bytes], Awaitable[None]]) -> bool:
        async with aclosing(self._feeds.follow_drawn(self._user, live, _framing(live))) as pictures:
            async for picture in pictures:
                if not await self._permission.is_given():
                    return False
                if picture is None:
                    await send(PING)
                elif picture.outcome is not None:
                    return True
                elif picture.text:
                    await send(prefix_html(picture.text, self._prefix).encode())
        return False


def _blocking(user: CurrentUser, live: LiveTurn | None, end: Callable[[], bytes]) -> Iterator[bytes]:
    """Yield the same, in a thread that waits for them."""
    if live is not None:
        drawing = Drawing(_framing(live))
        for snapshot in follow(user, live, pace=SHORTEST_PAUSE):
            if snapshot is None:
                yield PING
            elif snapshot.outcome is not None:
                break
            elif snapshot.text:
                yield prefix_html(drawing.draw(snapshot.text), request.script_root).encode()
                time.sleep(drawing.pause)
        else:
            return
    yield end()


def _end(session_id: str, shown: TabState) -> bytes:
    try:
        end = render_updates(session_id, shown, announce=True)
    except NotFound:
        return write_event(render_template("chat/_chat_gone.html", was=shown), id="gone").encode()
    return write_event(end.get_data(as_text=True), id="end").encode()


def _framing(live: LiveTurn) -> Callable[[str, int], str]:
    return lambda html, length: write_event(html, id=f"{live.attempt}:{length}")
