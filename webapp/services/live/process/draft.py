"""A reply in memory: one thread writes it, and any number of others follow it."""

from __future__ import annotations

from threading import Condition, Event
from typing import TYPE_CHECKING

from webapp.agent.stop import Stop
from webapp.services.live.process.growing_text import GrowingText
from webapp.services.live.process.stopwatch import Stopwatch
from webapp.services.live.values import LiveSnapshot, Thought

if TYPE_CHECKING:
    from collections.abc import Callable

    from webapp.services.live.values import LiveTurn, Outcome
    from webapp.services.users import CurrentUser


class Draft:
    """The text and the reasoning of one attempt as they grow, and its outcome. Safe to use from any thread."""

    def __init__(self, user: CurrentUser, live: LiveTurn, release: Callable[[Draft], None] | None = None) -> None:
        """`release` is called once, before the followers see the end, so that their next request finds a free slot."""
        self.user = user
        self.live = live
        self._release = release
        self.stop = Stop()
        self.outcome: Outcome | None = None
        # What an earlier attempt wrote, which this one continues.
        self._first = live.partial if live else ""
        self._text = GrowingText(self._first)
        self._reasoning = GrowingText((live.reasoning if live else None) or "")
        self._thinking = Stopwatch((live.reasoning_seconds if live else None) or 0.0)
        self._restarts = 0
        self._version = 0
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

    def length_before(self, piece: str) -> int:
        """Return the number of characters before those of a piece that is added now."""
        return self._text.length_before(piece)

    def reasoning_before(self, piece: str) -> int:
        """Return the number of characters of the reasoning before those of a piece that is added now."""
        return self._reasoning.length_before(piece)

    @property
    def length(self) -> int:
        """The number of characters so far."""
        return self._text.length

    @property
    def reasoning_length(self) -> int:
        """The number of characters of the reasoning so far."""
        return self._reasoning.length

    @property
    def version(self) -> int:
        """A number that rises with each change."""
        return self._version

    @property
    def is_claimed(self) -> bool:
        """Whether a caller is ending the draft. Its text is final then."""
        return self._is_claimed

    def text(self) -> str:
        """Return the text so far, sanitized for every database."""
        with self._changed:
            return self._text.joined()

    def thought(self) -> Thought:
        """Return the reasoning so far."""
        with self._changed:
            return self._thought()

    def snapshot(self) -> LiveSnapshot:
        """Return the text, the reasoning and the outcome of one moment."""
        with self._changed:
            return LiveSnapshot(self.live, self._text.joined(), self.outcome, self._thought())

    def add(self, piece: str) -> None:
        """Append a piece to the text and wake the followers. Drop it after the claim."""
        with self._changed:
            if self._is_claimed:
                return
            self._thinking.stop()
            self._text.add(piece)
            self._note_change()
        self._notify_watchers()

    def reason(self, piece: str) -> None:
        """Append a piece to the reasoning and wake the followers. Drop it after the claim."""
        with self._changed:
            if self._is_claimed:
                return
            self._thinking.start()
            self._reasoning.add(piece)
            self._note_change()
        self._notify_watchers()

    def rethink(self, kept: Callable[[str], str]) -> None:
        """Move what is `kept` of this attempt's text to the reasoning: it was no part of the answer."""
        with self._changed:
            if self._is_claimed:
                return
            self._reasoning.add(kept(self._text.joined()[len(self._first) :]))
            self._text = GrowingText(self._first)
            self._thinking.include_all()
            self._restarts += 1
            self._note_change()
        self._notify_watchers()

    def claim(self) -> bool:
        """Fix the text. Return True to the first caller, which is the only one that may end the draft."""
        with self._changed:
            if self._is_claimed:
                return False
            self._is_claimed = True
            self._thinking.stop()
            self._text.end()
            self._reasoning.end()
            return True

    def end(self, outcome: Outcome) -> None:
        """Set the outcome, wake the followers, and request the assistant to stop."""
        self.release()
        with self._changed:
            self.outcome = outcome
            self._note_change()
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
        """Wait for another version than `seen`, or for the end. Return False after `timeout` seconds."""
        with self._changed:
            return self._changed.wait_for(lambda: self.outcome is not None or self._version != seen, timeout)

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

    def _thought(self) -> Thought:
        return Thought(self._reasoning.joined(), self._thinking.seconds, self._thinking.is_running, self._restarts)

    def _note_change(self) -> None:
        self._version += 1
        self._changed.notify_all()

    def _notify_watchers(self) -> None:
        for changed in self._watchers:
            changed()
