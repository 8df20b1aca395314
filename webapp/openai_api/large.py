"""Long histories: each user can have one in process at a time, so that they cannot fill the memory."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

from flask import request

from webapp.config.settings import Settings
from webapp.errors import TooMany
from webapp.http.authentication import current_user
from webapp.state import current, provide

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flask import Flask

#: Seconds that a request waits for another one of the same user. It occupies a thread meanwhile.
_WAIT_SECONDS = 2.0


class UserLocks:
    """A lock per key."""

    def __init__(self) -> None:
        self._held: set[str] = set()
        self._changed = threading.Condition()

    @contextmanager
    def hold(self, key: str, seconds: float) -> Iterator[None]:
        """Hold the lock of the key. Raises TooMany if it is not free within `seconds`."""
        with self._changed:
            if not self._changed.wait_for(lambda: key not in self._held, seconds):
                raise TooMany(
                    "The server is still reading another long history of yours. Nothing was sent. Please try again in "
                    "a few seconds, or send fewer messages.",
                    headers={"Retry-After": "3"},
                )
            self._held.add(key)
        try:
            yield
        finally:
            with self._changed:
                self._held.discard(key)
                self._changed.notify_all()


def init_large(app: Flask) -> None:
    provide(app, UserLocks())


@contextmanager
def lock_if_large() -> Iterator[None]:
    """Run the block under the user's lock if the body is large or has no `Content-Length`. Raises TooMany.

    A body is large if it exceeds the body limit of the other operations.
    """
    length = request.content_length
    if length is not None and length <= current(Settings).max_body_bytes:
        yield
        return
    locks = current(UserLocks)
    with locks.hold(current_user().id, _WAIT_SECONDS):
        yield
