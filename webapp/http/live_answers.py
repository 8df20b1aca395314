"""Responses about a live turn: a stream of events while it grows, or one response at its end.

With the server's event loop (`webapp.http.handoff`), neither holds a thread.
"""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING, Any, Protocol, TypeVar, cast

from flask import Response, current_app, g, stream_with_context

from webapp.database.failures import TRANSIENT_ERRORS, as_app_error
from webapp.errors import AppError, Busy, ProviderFailed
from webapp.http.authentication import while_authorized
from webapp.http.handoff import Waiting, handoff, in_this_request
from webapp.observability.exceptions import describe_exception
from webapp.services.live.following import follow, wait_for_end, wait_for_first

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

    from flask.typing import ResponseReturnValue

    from webapp.services.live.feeds.registry import Feeds
    from webapp.services.live.process.draft import Draft
    from webapp.services.live.values import LiveSnapshot, LiveTurn, Outcome
    from webapp.services.users import CurrentUser

log = logging.getLogger(__name__)

AnswerT = TypeVar("AnswerT")

EVENT_STREAM = "text/event-stream"
#: A comment line that keeps proxies from closing a silent connection.
PING = b": still here\n\n"
#: Seconds that a stream may continue after a sign-out.
_CHECK_EVERY = 5.0


class Following:
    """A user who follows a live turn. `draft` is the turn's draft if this process writes it."""

    def __init__(self, user: CurrentUser, live: LiveTurn, draft: Draft | None = None) -> None:
        self.user = user
        self.live = live
        self.draft = draft


class EventWriter(Protocol):
    """Writes a live turn's server-sent events. It remembers what its client has received.

    All methods but `ending` run on the event loop, so they must be fast and cannot use the request.
    """

    def opening(self) -> bytes: ...

    def growth(self, snapshot: LiveSnapshot) -> bytes:
        """Return the event for the text added since the last call, or nothing."""

    def ending(self, snapshot: LiveSnapshot) -> bytes:
        """Return the events for the remaining text and the outcome."""

    def broken(self, error: AppError) -> bytes:
        """Return the event for an error that ends the stream."""


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
        lambda: _written(following, writer, on_gone),
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
    response = Response(content_type=f"{EVENT_STREAM}; charset=utf-8")
    if handed is not None and feeds is not None:
        feeds.check_room(user)
        handed.stream = on_loop(feeds)
        # The length is unknown.
        response.response = iter(())
    else:
        response.response = stream_with_context(while_authorized(blocking()))
    # nginx would buffer the events.
    response.headers["X-Accel-Buffering"] = "no"
    response.headers.update(headers or {})
    return response


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


class LiveStream:
    """A live turn's events, sent by the event loop."""

    def __init__(
        self, feeds: Feeds, following: Following, writer: EventWriter, on_gone: Callable[[], None] | None
    ) -> None:
        self._feeds = feeds
        self._following = following
        self._writer = writer
        self._on_gone = on_gone
        self._permission = Permission(feeds)
        self._ending = in_this_request(writer.ending)

    async def run(self, send: Callable[[bytes], Awaitable[None]]) -> None:
        is_whole = False
        try:
            await self._send_all(send)
            is_whole = True
        except Exception as error:  # noqa: BLE001 - the response has begun, so only an event can report the error
            await send(self._writer.broken(as_refusal(error)))
        finally:
            if self._on_gone is not None and not is_whole:
                self._on_gone()

    async def _send_all(self, send: Callable[[bytes], Awaitable[None]]) -> None:
        following, writer = self._following, self._writer
        if opening := writer.opening():
            await send(opening)
        async for snapshot in self._feeds.follow(following.user, following.live, following.draft):
            if not await self._permission.is_given():
                return
            if snapshot is None:
                await send(PING)
            elif snapshot.outcome is not None:
                await send(await self._feeds.run(lambda snapshot=snapshot: self._ending(snapshot)))  # type: ignore[misc]
            elif growth := writer.growth(snapshot):
                await send(growth)


class Permission:
    """Whether the stream's sign-in or token is still valid, checked every few seconds."""

    def __init__(self, feeds: Feeds) -> None:
        self._feeds = feeds
        self._check: Callable[[], bool] = g.is_authorized
        # Streams with the same sign-in or token share one check.
        self._credential = (g.is_authorized.func, g.is_authorized.args)
        self._asked_at = time.monotonic()

    async def is_given(self) -> bool:
        if time.monotonic() - self._asked_at < _CHECK_EVERY:
            return True
        self._asked_at = time.monotonic()
        return await self._feeds.is_allowed(self._check, self._credential)


def as_refusal(error: Exception) -> AppError:
    """Return the application error that a stream reports for an exception. Bugs are logged."""
    if isinstance(error, AppError):
        return error
    if isinstance(error, TRANSIENT_ERRORS):
        log.warning("A stream broke off: %s", describe_exception(error))
        return as_app_error(error) or Busy()
    log.error("A stream broke off", exc_info=error)
    return ProviderFailed("Minutebook made a mistake; its log tells what it was.")


def _written(following: Following, writer: EventWriter, on_gone: Callable[[], None] | None) -> Iterator[bytes]:
    """Yield the events. The calling thread waits for them."""
    is_whole = False
    try:
        if opening := writer.opening():
            yield opening
        for snapshot in follow(following.user, following.live, following.draft):
            if snapshot is None:
                yield PING
            elif snapshot.outcome is not None:
                yield writer.ending(snapshot)
            elif growth := writer.growth(snapshot):
                yield growth
        is_whole = True
    except Exception as error:  # noqa: BLE001 - as above
        yield writer.broken(as_refusal(error))
    finally:
        if on_gone is not None and not is_whole:
            on_gone()


def _presented(finish: Callable[[Outcome | None], Any]) -> Callable[[Any], ResponseReturnValue]:
    return cast("Callable[[Any], ResponseReturnValue]", finish)


def _feeds() -> Feeds | None:
    return cast("Feeds | None", current_app.extensions.get("feeds"))
