"""A feed: what an event loop knows of one attempt, and the coroutines that wait for more of it."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING

from webapp.services.live.values import LiveSnapshot

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from webapp.services.live.process.draft import Draft
    from webapp.services.live.values import LiveTurn, Outcome


class Feed:
    """The text of an attempt as far as it has come, and its outcome. For one event loop alone.

    `version` is −1 until it is known what there is, and rises with each change. A feed is over when it has an outcome,
    or when its process releases its followers.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, quiet_seconds: float) -> None:
        self.text = ""
        self.outcome: Outcome | None = None
        self.version = -1
        self.is_over = False
        self._loop = loop
        self._waiters: set[asyncio.Future[bool]] = set()
        self._ended = asyncio.Event()
        self._quiet_seconds = quiet_seconds
        self._quiet = loop.call_later(quiet_seconds, self._notify_quiet)

    async def snapshots(self, live: LiveTurn, pace: float = 0.0) -> AsyncIterator[LiveSnapshot | None]:
        """Yield what is there, again whenever it changed, and the outcome at last; see `Feeds.follow`."""
        seen = -1
        while not self.is_over:
            if not await self.change(seen):
                yield None
                continue
            seen = self.version
            if self.outcome is None:
                yield LiveSnapshot(live, self.text, None)
            if pace and self.text:
                await self.end_within(pace)
        if self.outcome is not None:
            yield LiveSnapshot(live, self.text, self.outcome)

    async def change(self, seen: int) -> bool:
        """Wait until the version is another than `seen`, or the end. False if nothing came for a while."""
        if self.version != seen or self.is_over:
            return True
        waiter: asyncio.Future[bool] = self._loop.create_future()
        self._waiters.add(waiter)
        try:
            return await waiter
        finally:
            self._waiters.discard(waiter)

    async def end_within(self, seconds: float | None) -> bool:
        """Wait for the end, for so many seconds at most; return whether it came."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._ended.wait()
        return self.is_over

    def show(self, text: str, outcome: Outcome | None) -> None:
        """Show this to the followers from now on."""
        if self.is_over or (text == self.text and outcome is None and self.version >= 0):
            return
        self.text, self.outcome = text, outcome
        self.version += 1
        if outcome is not None:
            self.release()
            return
        self._quiet.cancel()
        self._quiet = self._loop.call_later(self._quiet_seconds, self._notify_quiet)
        self._wake(changed=True)

    def release(self) -> None:
        """Release the followers."""
        self.is_over = True
        self._quiet.cancel()
        self._ended.set()
        self._wake(changed=True)

    def close(self) -> None:
        """Forget it: nobody follows any more."""
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
        """`pause` returns the least time between two looks, in seconds: what comes meanwhile is seen together."""
        super().__init__(loop, quiet_seconds)
        self._draft = draft
        self._pause = pause
        self._is_scheduled = False
        self._read_at = float("-inf")
        draft.watch(self._note_change)
        self._read()

    def close(self) -> None:
        """Forget it, and let the draft forget it."""
        super().close()
        self._draft.unwatch(self._note_change)

    def _note_change(self) -> None:
        """Schedule a look at the draft. Called by whichever thread changed it."""
        if not self._is_scheduled:
            self._is_scheduled = True
            # The loop may be closed already: then there are no followers.
            with suppress(RuntimeError):
                self._loop.call_soon_threadsafe(self._read_in_time)

    def _read_in_time(self) -> None:
        pause = self._read_at + self._pause() - self._loop.time()
        if pause > 0 and self._draft.outcome is None:
            self._loop.call_later(pause, self._read)
        else:
            self._read()

    def _read(self) -> None:
        # Before the look: what changes after it schedules another one.
        self._is_scheduled = False
        self._read_at = self._loop.time()
        # The outcome first: the text is final with it.
        outcome = self._draft.outcome
        self.show(self._draft.text(), outcome)
