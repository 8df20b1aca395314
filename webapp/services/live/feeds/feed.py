"""Feeds: the state of one attempt on the event loop, and the coroutines that wait for changes."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING

from webapp.services.live.values import LiveSnapshot, Thought

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from webapp.services.live.process.draft import Draft
    from webapp.services.live.values import LiveTurn, Outcome


class Feed:
    """The text of an attempt so far, and its outcome. Only one event loop may use it.

    `version` is −1 until the first state is known, and rises by one with each change. A feed is over when it has an
    outcome, or when its process releases the followers.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, quiet_seconds: float) -> None:
        self.text = ""
        self.thought = Thought()
        self.outcome: Outcome | None = None
        self.version = -1
        self.is_over = False
        self._loop = loop
        self._waiters: set[asyncio.Future[bool]] = set()
        self._ended = asyncio.Event()
        self._quiet_seconds = quiet_seconds
        self._quiet = loop.call_later(quiet_seconds, self._notify_quiet)

    async def snapshots(self, live: LiveTurn, pace: float = 0.0) -> AsyncIterator[LiveSnapshot | None]:
        """Yield a snapshot now, after each change, and with the outcome; see `Feeds.follow`."""
        seen = -1
        while not self.is_over:
            if not await self.change(seen):
                yield None
                continue
            seen = self.version
            if self.outcome is None:
                yield LiveSnapshot(live, self.text, None, self.thought)
            if pace and (self.text or self.thought.text):
                await self.end_within(pace)
        if self.outcome is not None:
            yield LiveSnapshot(live, self.text, self.outcome, self.thought)

    async def change(self, seen: int) -> bool:
        """Wait until the version differs from `seen` or the feed is over. Return False after the quiet time."""
        if self.version != seen or self.is_over:
            return True
        waiter: asyncio.Future[bool] = self._loop.create_future()
        self._waiters.add(waiter)
        try:
            return await waiter
        finally:
            self._waiters.discard(waiter)

    async def end_within(self, seconds: float | None) -> bool:
        """Wait for the end for at most `seconds`. Return whether the feed is over."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._ended.wait()
        return self.is_over

    def show(self, text: str, outcome: Outcome | None, thought: Thought | None = None) -> None:
        """Set the text, the outcome and the reasoning, and wake the followers if any changed."""
        thought = thought or self.thought
        is_same = text == self.text and thought.text == self.thought.text and thought.restarts == self.thought.restarts
        if self.is_over or (is_same and outcome is None and self.version >= 0):
            return
        self.text, self.outcome, self.thought = text, outcome, thought
        self.version += 1
        if outcome is not None:
            self.release()
            return
        self._quiet.cancel()
        self._quiet = self._loop.call_later(self._quiet_seconds, self._notify_quiet)
        self._wake(changed=True)

    def release(self) -> None:
        """End the feed and wake the followers."""
        self.is_over = True
        self._quiet.cancel()
        self._ended.set()
        self._wake(changed=True)

    def close(self) -> None:
        self._quiet.cancel()

    def _wake(self, *, changed: bool) -> None:
        for waiter in self._waiters:
            if not waiter.done():
                waiter.set_result(changed)

    def _notify_quiet(self) -> None:
        self._quiet = self._loop.call_later(self._quiet_seconds, self._notify_quiet)
        self._wake(changed=False)


class DraftFeed(Feed):
    """The feed of a draft that this process writes."""

    def __init__(
        self, loop: asyncio.AbstractEventLoop, quiet_seconds: float, draft: Draft, pause: Callable[[], float]
    ) -> None:
        """`pause` returns the least number of seconds between two reads: all changes in between are read at once."""
        super().__init__(loop, quiet_seconds)
        self._draft = draft
        self._pause = pause
        self._is_scheduled = False
        self._read_at = float("-inf")
        draft.watch(self._note_change)
        self._read()

    def close(self) -> None:
        super().close()
        self._draft.unwatch(self._note_change)

    def _note_change(self) -> None:
        """Schedule a read of the draft. The thread that changed it calls this."""
        if not self._is_scheduled:
            self._is_scheduled = True
            # A closed loop has no followers.
            with suppress(RuntimeError):
                self._loop.call_soon_threadsafe(self._read_in_time)

    def _read_in_time(self) -> None:
        pause = self._read_at + self._pause() - self._loop.time()
        if pause > 0 and self._draft.outcome is None:
            self._loop.call_later(pause, self._read)
        else:
            self._read()

    def _read(self) -> None:
        # Reset before the read, so that a later change schedules another one.
        self._is_scheduled = False
        self._read_at = self._loop.time()
        snapshot = self._draft.snapshot()
        self.show(snapshot.text, snapshot.outcome, snapshot.thought)
