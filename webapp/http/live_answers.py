"""Responses about a live turn: a stream of events while it grows, or one response at its end.

With the server's event loop (`webapp.http.handoff`), neither holds a thread.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar, cast

from flask import stream_with_context

from webapp.http.events import stream_response
from webapp.http.handoff import Waiting, handoff
from webapp.http.live_stream import LiveStream, blocking_events
from webapp.http.permission import while_authorized
from webapp.services.live import Feeds, wait_for_end, wait_for_first
from webapp.state import find

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from flask import Response
    from flask.typing import ResponseReturnValue

    from webapp.http.live_stream import EventWriter, Following
    from webapp.services.live import Outcome
    from webapp.services.users import CurrentUser

AnswerT = TypeVar("AnswerT")


def stream_live(
    following: Following,
    writer: EventWriter,
    headers: dict[str, str] | None = None,
    *,
    on_gone: Callable[[], None] | None = None,
) -> Response:
    """Respond with a live turn's events as they occur.

    `on_gone` is called if the client disconnects before the end. Raises TooMany if the user follows too many turns.
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
    """Respond with `on_loop` if the server has an event loop for it, else with `blocking`."""
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
    """Return `finish(outcome)`. The outcome is None if the process stops first or `timeout` seconds pass."""
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
    """Return `finish(…)` at the first text, at the outcome, or after a long silence: the response may begin."""
    user, live, draft = following.user, following.live, following.draft
    feeds = _feeds() if handoff() else None
    if feeds is None:
        return finish(wait_for_first(user, live, draft))
    raise Waiting(lambda: feeds.wait_for_first(user, live, draft), _presented(finish), on_gone)


def _presented(finish: Callable[[Outcome | None], Any]) -> Callable[[Any], ResponseReturnValue]:
    return cast("Callable[[Any], ResponseReturnValue]", finish)


def _feeds() -> Feeds | None:
    return find(Feeds)
