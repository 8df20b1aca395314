"""Long histories: one of each user's is read and stored at a time, so that several at once do not fill the memory."""

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

#: Seconds that a request waits for another of its user's; a thread of the server waits with it.
_PATIENCE = 2.0


class Turnstile:
    """Lets one holder of each key through at a time."""

    def __init__(self) -> None:
        self._inside: set[str] = set()
        self._changed = threading.Condition()

    @contextmanager
    def passing(self, key: str, seconds: float) -> Iterator[None]:
        """Go through alone. Raises TooMany if another holder of the key is not through in `seconds`."""
        with self._changed:
            if not self._changed.wait_for(lambda: key not in self._inside, seconds):
                raise TooMany(
                    "Another long history of yours is being read just now. Nothing was sent; please try again in a few "
                    "seconds, or send less of what was said before.",
                    headers={"Retry-After": "3"},
                )
            self._inside.add(key)
        try:
            yield
        finally:
            with self._changed:
                self._inside.discard(key)
                self._changed.notify_all()


def init_large(app: Flask) -> None:
    """Give the app its turnstile."""
    provide(app, Turnstile())


@contextmanager
def alone_if_large() -> Iterator[None]:
    """Let the block run alone among its user's if the body is larger than most, or does not say how large it is.

    Raises TooMany.
    """
    length = request.content_length
    if length is not None and length <= current(Settings).max_body_bytes:
        yield
        return
    turnstile = current(Turnstile)
    with turnstile.passing(current_user().id, _PATIENCE):
        yield
