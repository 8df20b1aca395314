"""Answering with what becomes of a live turn: as a stream of events while it grows, or once it has ended.

Where the server has an event loop (`webapp.http.handoff`), neither holds a thread.
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
from webapp.services.live import follow, wait_for_end, wait_for_first

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

    from flask.typing import ResponseReturnValue

    from webapp.services.live import Draft, Feeds, LiveSnapshot, LiveTurn, Outcome
    from webapp.services.users import CurrentUser

log = logging.getLogger(__name__)

AnswerT = TypeVar("AnswerT")

EVENT_STREAM = "text/event-stream"
#: A line that says nothing, for proxies that close what is silent.
PING = b": still here\n\n"
#: Seconds that a stream goes on after a sign-out, at most.
_CHECK_EVERY = 5.0


class Following:
    """Who follows which live turn. `draft` is the one that was begun, if it was here."""

    def __init__(self, user: CurrentUser, live: LiveTurn, draft: Draft | None = None) -> None:
        self.user = user
        self.live = live
        self.draft = draft


class EventWriter(Protocol):
    """Writes server-sent events of a live turn, each time from what its client has already.

    All but `ending` runs on the event loop, so it must be quick and needs no request.
    """

    def opening(self) -> bytes:
        """Write what stands before the first text."""

    def growth(self, snapshot: LiveSnapshot) -> bytes:
        """Write what the text has grown by; nothing if it has not."""

    def ending(self, snapshot: LiveSnapshot) -> bytes:
        """Write the rest of the text, and how it ended."""

    def broken(self, error: AppError) -> bytes:
        """Write why the stream cannot go on."""


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
    """Answer with events: those of `on_loop` where the server has a loop for it, else `blocking`."""
    handed, feeds = handoff(), _feeds()
    response = Response(content_type=f"{EVENT_STREAM}; charset=utf-8")
    if handed is not None and feeds is not None:
        feeds.check_room(user)
        handed.stream = on_loop(feeds)
        # Its length is not known.
        response.response = iter(())
    else:
        response.response = stream_with_context(while_authorized(blocking()))
    # nginx would gather them.
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


class LiveStream:
    """The events of a live turn, sent by the event loop."""

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
        """Send them, to the end of the turn or of the permission to follow it."""
        is_whole = False
        try:
            await self._send_all(send)
            is_whole = True
        except Exception as error:  # noqa: BLE001 - the answer has begun: an event is all that can still say it
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
    """Whether whoever listens may still: not after a sign-out, or without the token. Asked every few seconds."""

    def __init__(self, feeds: Feeds) -> None:
        self._feeds = feeds
        self._check: Callable[[], bool] = g.is_authorized
        # Of all streams with the same sign-in or token, one asks.
        self._credential = (g.is_authorized.func, g.is_authorized.args)
        self._asked_at = time.monotonic()

    async def is_given(self) -> bool:
        """Return whether the stream may go on."""
        if time.monotonic() - self._asked_at < _CHECK_EVERY:
            return True
        self._asked_at = time.monotonic()
        return await self._feeds.is_allowed(self._check, self._credential)


def as_refusal(error: Exception) -> AppError:
    """Return what a stream tells of an exception; what is a fault of ours is logged."""
    if isinstance(error, AppError):
        return error
    if isinstance(error, TRANSIENT_ERRORS):
        log.warning("A stream broke off: %s", describe_exception(error))
        return as_app_error(error) or Busy()
    log.error("A stream broke off", exc_info=error)
    return ProviderFailed("Minutebook made a mistake; its log tells what it was.")


def _written(following: Following, writer: EventWriter, on_gone: Callable[[], None] | None) -> Iterator[bytes]:
    """Yield the events, in a thread that waits for them."""
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
