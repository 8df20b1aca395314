"""A reply in memory, in the process that writes it: one thread adds to it, any number of others follow."""

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
        """`release` is called once, before anybody is told of the end: who asks again at once finds the place free."""
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
        # Whoever waits for the end alone is not woken by every piece.
        self._ended = Event()

    @property
    def length(self) -> int:
        """The number of characters that have come."""
        return self._length

    @property
    def is_claimed(self) -> bool:
        """Whether somebody is ending it: its text is final then."""
        return self._is_claimed

    def text(self) -> str:
        """Return the text so far, mended so that any database keeps it."""
        with self._changed:
            return self._joined()

    def add(self, piece: str) -> None:
        """Put a piece behind the text and wake the followers. After the end it is let go."""
        piece, self._half = _whole(self._half + piece)
        with self._changed:
            if piece and not self._is_claimed:
                self._pieces.append(piece)
                self._length += len(piece)
                self._changed.notify_all()
        self._tell_watchers()

    def claim(self) -> bool:
        """Take it upon the caller to end it. Only the first one may; the text grows no more."""
        with self._changed:
            if self._is_claimed:
                return False
            self._is_claimed = True
            # The other half never came.
            self._pieces.append(sanitize_text(self._half))
            self._length += len(self._half)
            return True

    def end(self, outcome: Outcome) -> None:
        """Tell the followers how it ended, and the assistant that nobody listens any more."""
        self.release()
        with self._changed:
            self.outcome = outcome
            self._changed.notify_all()
        self._ended.set()
        self._tell_watchers()
        self.stop.ask()

    def release(self) -> None:
        """Give back what the writer holds. Doing so again does nothing."""
        with self._changed:
            release, self._release = self._release, None
        if release is not None:
            release(self)

    def wait(self, seen: int, timeout: float) -> bool:
        """Wait until there is more than `seen` characters, or the end; False if nothing came in `timeout` seconds."""
        with self._changed:
            return self._changed.wait_for(lambda: self.outcome is not None or self._length > seen, timeout)

    def wait_for_end(self, timeout: float | None = None) -> bool:
        """Wait for the outcome; False if it did not come in `timeout` seconds."""
        return self._ended.wait(timeout)

    def watch(self, changed: Callable[[], None]) -> None:
        """Call this after every change from now on, in the thread that made it."""
        with self._changed:
            self._watchers = (*self._watchers, changed)

    def unwatch(self, changed: Callable[[], None]) -> None:
        """Call it no more."""
        with self._changed:
            self._watchers = tuple(watcher for watcher in self._watchers if watcher != changed)

    def _tell_watchers(self) -> None:
        for changed in self._watchers:
            changed()

    def _joined(self) -> str:
        if self._pieces:
            self._text += "".join(self._pieces)
            self._pieces.clear()
        return self._text


def _whole(text: str) -> tuple[str, str]:
    """Mend a text, but for the first half of a surrogate pair at its end: the other half may be on its way."""
    if text and "\ud800" <= text[-1] <= "\udbff":
        return sanitize_text(text[:-1]), text[-1]
    return sanitize_text(text), ""
