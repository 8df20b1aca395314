"""Whether a stream may go on: not after a sign-out, or without the token. Every few seconds the stream asks."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from flask import g

from webapp.database.failures import OUTAGE_ERRORS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from webapp.services.live import Feeds

#: Seconds that a stream goes on after a sign-out, at most.
_CHECK_EVERY = 5.0


class Permission:
    """Asks for a stream that the event loop sends."""

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


def while_authorized(events: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the events of a stream that a thread sends, for as long as its reader may have them."""
    asked_at = time.monotonic()
    for event in events:
        if time.monotonic() - asked_at > _CHECK_EVERY:
            if not _is_still_authorized():
                return
            asked_at = time.monotonic()
        yield event


def _is_still_authorized() -> bool:
    """Check whether the sign-in or the token is still valid. An unreachable database signs no user out."""
    try:
        return bool(g.is_authorized())
    except OUTAGE_ERRORS:
        return True
