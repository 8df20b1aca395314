"""Answering with what becomes of a live turn: as a stream of events while it grows, or once it has ended.

Where the server has an event loop (`webapp.http.handoff`), neither holds a thread.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar, cast

from flask import stream_with_context

from webapp.http.events import stream_response
from webapp.http.handoff import Waiting, handoff
from webapp.http.live_stream import LiveStream, blocking_events
from webapp.http.permission import while_authorized
from webapp.services.live.feeds.registry import Feeds
from webapp.services.live.following import wait_for_end, wait_for_first
from webapp.state import find

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from flask import Response
    from flask.typing import ResponseReturnValue

    from webapp.http.live_stream import EventWriter, Following
    from webapp.services.live.values import Outcome
    from webapp.services.users import CurrentUser

AnswerT = TypeVar("AnswerT")


def stream_live(
    following: Following,
    writer: EventWriter,
    headers: dict[str, str] | None = None,
    *,
    on_gone: Callable[[], None] | None = None,
) -> Response:
    """Answer with the events of a live turn as they come.

    `on_gone` is called if the client is gone before the end. Raises TooMany if the user follows too many already.
    """
    return event_response(
        lambda: blocking_events(following, writer, on_gone),
        lambda feeds: LiveStream(feeds, following, writer, on_gone),
        headers,
        following.user,
    )


def event_response(
    blocking: Callable[[], Iterator[bytes]],
    on_loop: Callable[[Feeds], Any],
    headers: dict[str, str] | None,
    user: CurrentUser,
) -> Response:
    """Answer with events: those of `on_loop` where the server has a loop for it, else `blocking`."""
    handed, feeds = handoff(), _feeds()
    if handed is None or feeds is None:
        return stream_response(stream_with_context(while_authorized(blocking())), headers)
    feeds.check_room(user)
    handed.stream = on_loop(feeds)
    # An iterator, not a list: the length of the body is not known.
    return stream_response(iter(()), headers)


def answer_at_end(
    following: Following,
    finish: Callable[[Outcome | None], AnswerT],
    *,
    timeout: float | None = None,
    on_gone: Callable[[], None] | None = None,
) -> AnswerT:
    """Return what `finish` makes of the outcome: None if the process ends before it, or `timeout` seconds are over."""
    user, live, draft = following.user, following.live, following.draft
    feeds = _feeds() if handoff() else None
    if feeds is None:
        return finish(wait_for_end(user, live, draft, timeout=timeout))
    raise Waiting(lambda: feeds.wait(user, live, draft, seconds=timeout), _presented(finish), on_gone)


def answer_at_beginning(
    following: Following,
    finish: Callable[[Outcome | None], AnswerT],
    *,
    on_gone: Callable[[], None] | None = None,
) -> AnswerT:
    """Return what `finish` makes of it once there is text, the outcome, or nothing for long: the answer may begin."""
    user, live, draft = following.user, following.live, following.draft
    feeds = _feeds() if handoff() else None
    if feeds is None:
        return finish(wait_for_first(user, live, draft))
    raise Waiting(lambda: feeds.wait_for_first(user, live, draft), _presented(finish), on_gone)


def _presented(finish: Callable[[Outcome | None], Any]) -> Callable[[Any], ResponseReturnValue]:
    return cast("Callable[[Any], ResponseReturnValue]", finish)


def _feeds() -> Feeds | None:
    return find(Feeds)
