"""Following live turns on an event loop: a follower costs a coroutine, not a thread.

Every attempt that is followed has one feed in the process, whichever process writes it. A feed of this process's own
draft is woken by the draft; the feeds of all other attempts are brought up to date by one poller.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from contextlib import aclosing, contextmanager
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from sqlalchemy.exc import SQLAlchemyError

from webapp.config.settings import Settings
from webapp.errors import TooMany, Unavailable
from webapp.services.live import following
from webapp.services.live.feeds.drawn import SHORTEST_PAUSE, DrawnFeed
from webapp.services.live.feeds.feed import DraftFeed, Feed
from webapp.services.live.feeds.remote import RemoteFeeds
from webapp.services.live.process.pool import Runner
from webapp.state import current

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Iterator

    from flask import Flask

    from webapp.services.live.feeds.drawn import Frame
    from webapp.services.live.process.draft import Draft
    from webapp.services.live.values import LiveSnapshot, LiveTurn, Outcome
    from webapp.services.users import CurrentUser

ResultT = TypeVar("ResultT")

#: Seconds for which an answer to "may this follower still listen?" serves all followers with the same credential.
_CHECK_SECONDS = 5.0
#: Seconds between two pieces of an answer. One follower takes some 50 µs of a core for each piece.
_SHORTEST_PAUSE, _LONGEST_PAUSE = 0.01, 0.15
_PAUSE_PER_FOLLOWER = 0.000_1


class RunInThread(Protocol):
    """Runs a call in a thread, and returns what it returns."""

    async def __call__(self, call: Callable[[], ResultT], /) -> ResultT:
        """Run the call."""


class Feeds:
    """The feeds of a process. Everything but `check_room` is for its event loop alone."""

    def __init__(self, app: Flask, run: RunInThread) -> None:
        self._app = app
        self.run = run
        self._runner = current(Runner, app)
        self._most_each = current(Settings, app).followers_each
        self._feeds: dict[str, Feed] = {}
        self._joined: Counter[str] = Counter()
        self._followers: Counter[str] = Counter()
        self._follower_count = 0
        self._remote = RemoteFeeds(app, run)
        self._checks: dict[Any, asyncio.Task[bool]] = {}
        self._loop: asyncio.AbstractEventLoop | None = None

    def begin(self) -> None:
        """Use the loop that runs."""
        self._loop = asyncio.get_running_loop()

    def leave(self) -> None:
        """Release the followers of other processes' attempts: they go on elsewhere."""
        self._remote.leave()

    def check_room(self, user: CurrentUser) -> None:
        """Raise TooMany if the user follows as many answers through this process as one may."""
        if self._followers[user.id] >= self._most_each:
            raise TooMany(
                f"You already follow {self._most_each} answers, which is the limit. Close some of them.",
                headers={"Retry-After": "5"},
            )

    async def follow(
        self, user: CurrentUser, live: LiveTurn, draft: Draft | None = None, *, pace: float = 0.0
    ) -> AsyncGenerator[LiveSnapshot | None, None]:
        """Yield the text of a live turn so far, again whenever it grew, and last with its outcome.

        `draft` is the one that was begun, if this process writes it. `pace` is the least time between two snapshots, in
        seconds. None says that nothing happened for a while. It ends without an outcome only when this process is about
        to end: the follower asks again, elsewhere.
        """
        with self._join(user, live.attempt, lambda: self._make(user, live, draft)) as feed:
            async for snapshot in feed.snapshots(live, pace):
                yield snapshot

    async def follow_drawn(
        self, user: CurrentUser, live: LiveTurn, frame: Frame
    ) -> AsyncGenerator[LiveSnapshot | None, None]:
        """Yield pictures of a live turn, as `follow` does: the text of each is what `frame` makes of the HTML.

        All followers of an attempt see the same pictures. Each picture is drawn once, in a thread.
        """

        def make() -> Feed:
            assert self._loop is not None
            return DrawnFeed(self._loop, self.follow(user, live, pace=SHORTEST_PAUSE), frame, self.run)

        with self._join(user, f"drawn {live.attempt}", make) as feed:
            async for snapshot in feed.snapshots(live):
                yield snapshot

    async def wait(
        self, user: CurrentUser, live: LiveTurn, draft: Draft | None = None, *, seconds: float | None = None
    ) -> Outcome | None:
        """Return how a live turn ends; None if the process ends before it, or so many seconds are over."""
        with self._join(user, live.attempt, lambda: self._make(user, live, draft)) as feed:
            await feed.end_within(seconds)
            return feed.outcome

    async def wait_for_first(self, user: CurrentUser, live: LiveTurn, draft: Draft | None = None) -> Outcome | None:
        """Wait until a live turn has text, or nothing came for a while, or its end; return its outcome if it ended."""
        async with aclosing(self.follow(user, live, draft)) as snapshots:
            async for snapshot in snapshots:
                if snapshot is None or snapshot.text or snapshot.outcome is not None:
                    return snapshot.outcome if snapshot else None
        return None

    async def is_allowed(self, check: Callable[[], bool], credential: Any) -> bool:
        """Return what `check` says, which is asked in a thread, once for all followers with the same credential."""
        task = self._checks.get(credential)
        if task is None:
            assert self._loop is not None
            task = self._checks[credential] = self._loop.create_task(self._ask(check))
            self._loop.call_later(_CHECK_SECONDS, self._checks.pop, credential, None)
        return await asyncio.shield(task)

    async def _ask(self, check: Callable[[], bool]) -> bool:
        def in_app() -> bool:
            with self._app.app_context():
                return check()

        try:
            return await self.run(in_app)
        except (Unavailable, SQLAlchemyError):
            # A database that is away signs nobody out.
            return True

    @contextmanager
    def _join(self, user: CurrentUser, key: str, make: Callable[[], Feed]) -> Iterator[Feed]:
        feed = self._feeds.get(key)
        if feed is None:
            feed = self._feeds[key] = make()
        self._joined[key] += 1
        self._followers[user.id] += 1
        self._follower_count += 1
        try:
            yield feed
        finally:
            self._follower_count -= 1
            self._followers[user.id] -= 1
            if not self._followers[user.id]:
                del self._followers[user.id]
            self._joined[key] -= 1
            if not self._joined[key]:
                del self._joined[key], self._feeds[key]
                feed.close()

    def _make(self, user: CurrentUser, live: LiveTurn, draft: Draft | None) -> Feed:
        assert self._loop is not None
        draft = draft or self._runner.find(live.session_id)
        if draft is not None and draft.live.attempt == live.attempt:
            return DraftFeed(self._loop, following.QUIET_SECONDS, draft, self._pause)
        return self._remote.make(self._loop, user, live)

    def _pause(self) -> float:
        """Return how long a feed waits between two pieces: the more followers, the longer."""
        return max(_SHORTEST_PAUSE, min(_LONGEST_PAUSE, _PAUSE_PER_FOLLOWER * self._follower_count))
