"""The events of a live turn: written by a door, sent by the event loop or by a thread that waits for them."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Protocol

from webapp.database.failures import TRANSIENT_ERRORS, as_app_error
from webapp.errors import AppError, Busy, ProviderFailed
from webapp.http.events import PING
from webapp.http.handoff import in_this_request
from webapp.http.permission import Permission
from webapp.observability.exceptions import describe_exception
from webapp.services.live import follow

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

    from webapp.services.live import Draft, Feeds, LiveSnapshot, LiveTurn
    from webapp.services.users import CurrentUser

log = logging.getLogger(__name__)


class Following:
    """A user who follows a live turn. `draft` is its draft, if this process writes it."""

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
            await send(self._writer.broken(_as_refusal(error)))
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


def blocking_events(following: Following, writer: EventWriter, on_gone: Callable[[], None] | None) -> Iterator[bytes]:
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
        yield writer.broken(_as_refusal(error))
    finally:
        if on_gone is not None and not is_whole:
            on_gone()


def _as_refusal(error: Exception) -> AppError:
    """Return the error that a stream reports for an exception; log unexpected exceptions."""
    if isinstance(error, AppError):
        return error
    if isinstance(error, TRANSIENT_ERRORS):
        log.warning("A stream broke off: %s", describe_exception(error))
        return as_app_error(error) or Busy()
    log.error("A stream broke off", exc_info=error)
    return ProviderFailed("An unexpected error occurred. The server's log has the details.")
