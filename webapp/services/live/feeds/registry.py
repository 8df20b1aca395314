"""The feeds of a process: a follower costs a coroutine, not a thread.

Every followed attempt has one feed in the process. A draft of this process wakes its own feed. One poller updates the
feeds of all attempts that other processes write.
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

#: Seconds for which one check of a credential counts for all followers that use it.
_CHECK_SECONDS = 5.0
#: Seconds between two pieces of an answer. One follower uses about 50 µs of a core for each piece.
_SHORTEST_PAUSE, _LONGEST_PAUSE = 0.01, 0.15
_PAUSE_PER_FOLLOWER = 0.000_1


class RunInThread(Protocol):
    """Runs a call in a thread and returns its result."""

    async def __call__(self, call: Callable[[], ResultT], /) -> ResultT: ...


class Feeds:
    """The feeds of a process. Only `check_room` may be called outside its event loop."""

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
        """Bind the feeds to the running event loop."""
        self._loop = asyncio.get_running_loop()

    def leave(self) -> None:
        """Release the followers of attempts that other processes write: they connect to another process."""
        self._remote.leave()

    def check_room(self, user: CurrentUser) -> None:
        """Raise TooMany if the user has the largest allowed number of followers in this process."""
        if self._followers[user.id] >= self._most_each:
            raise TooMany(
                f"You already follow {self._most_each} answers, which is the limit. Close some of them.",
                headers={"Retry-After": "5"},
            )

    async def follow(
        self, user: CurrentUser, live: LiveTurn, draft: Draft | None = None, *, pace: float = 0.0
    ) -> AsyncGenerator[LiveSnapshot | None, None]:
        """Yield a snapshot of the live turn now and after each change. The last snapshot has the outcome.

        `draft` is given if this process writes the turn. `pace` is the least time between two snapshots, in seconds.
        None is yielded after `QUIET_SECONDS` without a change. The generator ends without an outcome only if this
        process is about to end: the follower asks another process.
        """
        with self._join(user, live.attempt, lambda: self._make(user, live, draft)) as feed:
            async for snapshot in feed.snapshots(live, pace):
                yield snapshot

    async def follow_drawn(
        self, user: CurrentUser, live: LiveTurn, frame: Frame, draft: Draft | None = None
    ) -> AsyncGenerator[LiveSnapshot | None, None]:
        """Yield rendered snapshots of a live turn, as `follow` does. `frame` makes the text of each from the HTML.

        All followers of an attempt share the renderings. Each is made once, in a thread.
        """

        def make() -> Feed:
            assert self._loop is not None
            return DrawnFeed(self._loop, self.follow(user, live, draft, pace=SHORTEST_PAUSE), frame, self.run)

        with self._join(user, f"drawn {live.attempt}", make) as feed:
            async for snapshot in feed.snapshots(live):
                yield snapshot

    async def wait(
        self, user: CurrentUser, live: LiveTurn, draft: Draft | None = None, *, seconds: float | None = None
    ) -> Outcome | None:
        """Wait for the outcome of a live turn. Return None if the process ends first, or after `seconds`."""
        with self._join(user, live.attempt, lambda: self._make(user, live, draft)) as feed:
            await feed.end_within(seconds)
            return feed.outcome

    async def wait_for_first(self, user: CurrentUser, live: LiveTurn, draft: Draft | None = None) -> Outcome | None:
        """Wait for the first words, the end, or the quiet time. Return the outcome if the turn has ended."""
        async with aclosing(self.follow(user, live, draft)) as snapshots:
            async for snapshot in snapshots:
                if snapshot is None or snapshot.text or snapshot.thought.text or snapshot.outcome is not None:
                    return snapshot.outcome if snapshot else None
        return None

    async def is_allowed(self, check: Callable[[], bool], credential: Any) -> bool:
        """Run `check` in a thread and return its result, once for all followers with the same credential."""
        task = self._checks.get(credential)
        if task is None:
            assert self._loop is not None
            task = self._checks[credential] = self._loop.create_task(self._run_check(check))
            self._loop.call_later(_CHECK_SECONDS, self._checks.pop, credential, None)
        return await asyncio.shield(task)

    async def _run_check(self, check: Callable[[], bool]) -> bool:
        def in_app() -> bool:
            with self._app.app_context():
                return check()

        try:
            return await self.run(in_app)
        except (Unavailable, SQLAlchemyError):
            # An outage of the database must not sign users out.
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
        """Return the seconds between two pieces of a feed. They grow with the number of followers."""
        return max(_SHORTEST_PAUSE, min(_LONGEST_PAUSE, _PAUSE_PER_FOLLOWER * self._follower_count))
