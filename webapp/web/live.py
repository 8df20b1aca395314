from __future__ import annotations

import time
from contextlib import aclosing, suppress
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
from webapp.services.live import keep as keep_text
from webapp.services.live import stop as stop_answer
from webapp.services.sessions.changes import get_session
from webapp.web.addresses import session_url
from webapp.web.composer import FormInput
from webapp.web.forms import text_field
from webapp.web.responses import see_other, wants_fragment
from webapp.web.sessions import show_latest, show_new
from webapp.web.thoughts import thought_html
from webapp.web.updates import TabState, has_updates, render_updates

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

    from webapp.services.live import Feeds, LiveSnapshot, LiveTurn, Outcome
    from webapp.services.users import CurrentUser

pages = Blueprint("live", __name__)


@pages.get("/sessions/<id:session_id>/live")
def show(session_id: str) -> Response:
    """Stream the answer to htmx as server-sent events.

    Each event has all HTML so far, which htmx morphs into the page. The last event has the new end of the transcript.
    Without a live turn, or with another attempt than the page's, the stream is the last event alone.
    """
    tab_state = TabState.read()
    user = current_user()
    live = get_live_turn(user, session_id)
    followed = live if live is not None and live.attempt == tab_state.attempt else None
    end = partial(_end, session_id, tab_state)
    return event_response(
        lambda: _blocking_stream(user, followed, end), lambda feeds: PageStream(feeds, user, followed, end), None, user
    )


@pages.get("/sessions/<id:session_id>/news")
def news(session_id: str) -> Response:
    """Return what changed since the tab was last updated, or 204 if nothing did."""
    tab_state = TabState.read()
    is_outdated = has_updates(session_id, tab_state)
    if not wants_fragment():
        return see_other(session_url(session_id))
    return render_updates(session_id, tab_state, announce=True) if is_outdated else Response(status=204)


@pages.post("/sessions/<id:session_id>/live/stop")
@max_bytes(texts=1)
def stop(session_id: str) -> Response:
    """Stop the answer. Partial text is stored as the answer; without any, the question returns to the composer."""
    user = current_user()
    try:
        live, outcome = stop_answer(user, session_id)
    except NotFound:
        # It ended a moment before: show the result.
        return _show_chat(session_id, None)
    if outcome is not None:
        return _after_stop(live, outcome)
    return answer_at_end(Following(user, live), partial(_after_stop, live), timeout=STOP_SECONDS)


def _after_stop(live: LiveTurn, outcome: Outcome | None) -> Response:
    returns_question = isinstance(outcome, Discarded) and not live.question_is_stored
    return _show_chat(live.session_id, live.content if returns_question else None)


@pages.post("/sessions/<id:session_id>/live/keep")
@max_bytes(texts=1)
def keep(session_id: str) -> Response:
    """Store the text that came before a failure as the answer."""
    # If another tab kept, discarded or retried it a moment before, the result is shown.
    with suppress(NotFound):
        keep_text(current_user(), session_id)
    return _show_chat(session_id, None)


@pages.post("/sessions/<id:session_id>/live/take-back")
@max_bytes(texts=1)
def discard(session_id: str) -> Response:
    """Discard a failed turn. Its question returns to the composer, unless it is a stored message."""
    live = get_live_turn(current_user(), session_id)
    try:
        content = discard_turn(current_user(), session_id)
    except NotFound:
        # Another tab discarded or retried it a moment before: show the result.
        return _show_chat(session_id, None)
    return _show_chat(session_id, None if live and live.question_is_stored else content)


def _show_chat(session_id: str, content: str | None) -> Response:
    """Show the chat. `content` is put into the composer, before the text that is there."""
    draft = text_field("content")
    typed = None if content is None else FormInput("\n\n".join(filter(None, (content, draft))))
    try:
        get_session(current_user(), session_id)
    except NotFound:
        # The turn had created the session and was its only content.
        response = show_new(typed=typed or FormInput(draft), is_fragment=wants_fragment())
        response.headers["HX-Replace-Url"] = url_for("sessions.new")
        return response
    if wants_fragment():
        return render_updates(session_id, TabState.read(), typed=typed)
    return see_other(session_url(session_id)) if typed is None else show_latest(session_id, typed=typed)


class PageStream:
    """The events of a live turn and the new end of the transcript, sent from the event loop.

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
        """Send the events. The last one is missing only if the permission or the process ends; htmx then reconnects."""
        if self._live is not None and not await self._send_frames(self._live, send):
            return
        await send(await self._feeds.run(self._end))

    async def _send_frames(self, live: LiveTurn, send: Callable[[bytes], Awaitable[None]]) -> bool:
        async with aclosing(self._feeds.follow_drawn(self._user, live, _event_writer(live))) as frames:
            async for frame in frames:
                if not await self._permission.is_given():
                    return False
                if frame is None:
                    await send(PING)
                elif frame.outcome is not None:
                    return True
                elif frame.text:
                    await send(prefix_html(frame.text, self._prefix).encode())
        return False


def _blocking_stream(user: CurrentUser, live: LiveTurn | None, end: Callable[[], bytes]) -> Iterator[bytes]:
    """Yield the same events from a blocking thread."""
    if live is not None:
        drawing = Drawing(_event_writer(live))
        for snapshot in follow(user, live, pace=SHORTEST_PAUSE):
            if snapshot is None:
                yield PING
            elif snapshot.outcome is not None:
                break
            elif snapshot.text or snapshot.thought.text:
                yield prefix_html(drawing.draw(snapshot), request.script_root).encode()
                time.sleep(drawing.pause)
        else:
            return
    yield end()


def _end(session_id: str, tab_state: TabState) -> bytes:
    try:
        end = render_updates(session_id, tab_state, announce=True)
    except NotFound:
        return write_event(render_template("chat/_chat_gone.html", previous=tab_state), id="gone").encode()
    return write_event(end.get_data(as_text=True), id="end").encode()


def _event_writer(live: LiveTurn) -> Callable[[str, LiveSnapshot], str]:
    return lambda html, snapshot: write_event(
        thought_html(snapshot.thought) + html, id=f"{live.attempt}:{len(snapshot.text)}"
    )
