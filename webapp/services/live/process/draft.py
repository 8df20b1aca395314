"""A reply in memory: one thread writes it, and any number of others follow it."""

from __future__ import annotations

from threading import Condition, Event
from typing import TYPE_CHECKING

from webapp.agent.stop import Stop
from webapp.services.content import sanitize_text

if TYPE_CHECKING:
    from collections.abc import Callable

    from webapp.services.live.values import LiveTurn, Outcome
    from webapp.services.users import CurrentUser


class Draft:
    """The text of one attempt as it grows, and its outcome. Safe to use from any thread."""

    def __init__(self, user: CurrentUser, live: LiveTurn, release: Callable[[Draft], None] | None = None) -> None:
        """`release` is called once, before the followers see the end, so that their next request finds a free slot."""
        self.user = user
        self.live = live
        self._release = release
        self.stop = Stop()
        self.outcome: Outcome | None = None
        self._text = ""
        self._pieces: list[str] = []
        self._length = 0
        self._half = ""
        self._is_claimed = False
        self._changed = Condition()
        self._watchers: tuple[Callable[[], None], ...] = ()
        # A separate event, so that a piece of text does not wake those who wait only for the end.
        self._ended = Event()

    @property
    def owner_id(self) -> str:
        return self.user.id

    @property
    def has_ended(self) -> bool:
        return self.outcome is not None

    @property
    def length(self) -> int:
        """The number of characters so far."""
        return self._length

    @property
    def is_claimed(self) -> bool:
        """Whether a caller is ending the draft. Its text is final then."""
        return self._is_claimed

    def text(self) -> str:
        """Return the text so far, sanitized for every database."""
        with self._changed:
            return self._joined()

    def add(self, piece: str) -> None:
        """Append a piece to the text and wake the followers. Drop it after the claim."""
        piece, self._half = _whole(self._half + piece)
        with self._changed:
            if piece and not self._is_claimed:
                self._pieces.append(piece)
                self._length += len(piece)
                self._changed.notify_all()
        self._notify_watchers()

    def claim(self) -> bool:
        """Fix the text. Return True to the first caller, which is the only one that may end the draft."""
        with self._changed:
            if self._is_claimed:
                return False
            self._is_claimed = True
            # The second half of the surrogate pair never came.
            self._pieces.append(sanitize_text(self._half))
            self._length += len(self._half)
            return True

    def end(self, outcome: Outcome) -> None:
        """Set the outcome, wake the followers, and request the assistant to stop."""
        self.release()
        with self._changed:
            self.outcome = outcome
            self._changed.notify_all()
        self._ended.set()
        self._notify_watchers()
        self.stop.request()

    def release(self) -> None:
        """Release the slot. Idempotent."""
        with self._changed:
            release, self._release = self._release, None
        if release is not None:
            release(self)

    def wait(self, seen: int, timeout: float) -> bool:
        """Wait for more than `seen` characters or the end. Return False after `timeout` seconds."""
        with self._changed:
            return self._changed.wait_for(lambda: self.outcome is not None or self._length > seen, timeout)

    def wait_for_end(self, timeout: float | None = None) -> bool:
        """Wait for the outcome. Return False after `timeout` seconds."""
        return self._ended.wait(timeout)

    def watch(self, changed: Callable[[], None]) -> None:
        """Call `changed` after every later change, in the thread that made it."""
        with self._changed:
            self._watchers = (*self._watchers, changed)

    def unwatch(self, changed: Callable[[], None]) -> None:
        with self._changed:
            self._watchers = tuple(watcher for watcher in self._watchers if watcher != changed)

    def _notify_watchers(self) -> None:
        for changed in self._watchers:
            changed()

    def _joined(self) -> str:
        if self._pieces:
            self._text += "".join(self._pieces)
            self._pieces.clear()
        return self._text


def _whole(text: str) -> tuple[str, str]:
    """Return the sanitized text and a high surrogate from its end, whose other half may come with the next piece."""
    if text and "\ud800" <= text[-1] <= "\udbff":
        return sanitize_text(text[:-1]), text[-1]
    return sanitize_text(text), ""
