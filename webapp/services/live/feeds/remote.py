"""Feeds of attempts that other processes write: one poller asks the database for all of them."""

from __future__ import annotations

import asyncio
import logging
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy.exc import SQLAlchemyError

from webapp.database.transaction import leave_transaction, read_connection
from webapp.errors import Unavailable
from webapp.observability.exceptions import describe_exception
from webapp.services.live import following
from webapp.services.live.feeds.feed import Feed
from webapp.services.live.following import outcome_of
from webapp.services.live.rows import heartbeat_stopped, read_all_since
from webapp.services.values import ChatResult

if TYPE_CHECKING:
    from collections.abc import Sequence

    from flask import Flask
    from sqlalchemy import Row

    from webapp.services.live.feeds.registry import RunInThread
    from webapp.services.live.values import LiveTurn, Outcome
    from webapp.services.users import CurrentUser

log = logging.getLogger(__name__)

_ASK_EVERY = 0.25


class RemoteFeed(Feed):
    """The feed of an attempt that another process writes."""

    def __init__(self, owner: RemoteFeeds, loop: asyncio.AbstractEventLoop, user: CurrentUser, live: LiveTurn) -> None:
        super().__init__(loop, following.QUIET_SECONDS)
        self.text = live.partial
        self._owner = owner
        self.user = user
        self.live = live

    def close(self) -> None:
        """Forget it: it is asked for no more."""
        super().close()
        self._owner.forget(self)


class _Wanted(NamedTuple):
    """A question to the database: an attempt, and how many characters of it are here."""

    user: CurrentUser
    live: LiveTurn
    seen: int


class _News(NamedTuple):
    """The answer: what came after these characters, and the outcome if there is one."""

    more: str
    outcome: Outcome | None


class RemoteFeeds:
    """Makes remote feeds, and asks for news of them while there are any."""

    def __init__(self, app: Flask, run: RunInThread) -> None:
        self._app = app
        self._run = run
        self._feeds: dict[str, RemoteFeed] = {}
        self._poller: asyncio.Task[None] | None = None
        self._is_leaving = False

    def make(self, loop: asyncio.AbstractEventLoop, user: CurrentUser, live: LiveTurn) -> RemoteFeed:
        """Make a feed, and begin to ask for it."""
        feed = self._feeds[live.attempt] = RemoteFeed(self, loop, user, live)
        if self._is_leaving:
            feed.release()
        elif self._poller is None:
            self._poller = loop.create_task(self._poll())
        return feed

    def forget(self, feed: RemoteFeed) -> None:
        """Ask for a feed no more."""
        self._feeds.pop(feed.live.attempt, None)

    def leave(self) -> None:
        """Let all followers go, and those that come from now on."""
        self._is_leaving = True
        for feed in self._feeds.values():
            feed.release()

    async def _poll(self) -> None:
        while asked := [feed for feed in self._feeds.values() if not feed.is_over]:
            wanted = [_Wanted(feed.user, feed.live, len(feed.text)) for feed in asked]
            for feed, news in zip(asked, await self._ask(wanted), strict=False):
                outcome = news.outcome
                whole = outcome.turn.assistant.content if isinstance(outcome, ChatResult) else feed.text + news.more
                feed.show(whole, outcome)
            await asyncio.sleep(_ASK_EVERY)
        self._poller = None

    async def _ask(self, wanted: Sequence[_Wanted]) -> list[_News]:
        """Ask the database. While it cannot be asked there is no news: an outage is the end of no answer."""
        try:
            return await self._run(partial(self._look, wanted))
        except (Unavailable, SQLAlchemyError) as error:
            log.warning("Answers that other processes write could not be looked at: %s", describe_exception(error))
        except Exception:
            # Without the poller every one of its followers would wait for ever.
            log.exception("Answers that other processes write could not be looked at")
        return []

    def _look(self, wanted: Sequence[_Wanted]) -> list[_News]:
        with self._app.app_context():
            rows = read_all_since(read_connection(), {each.live.attempt: each.seen for each in wanted})
            leave_transaction()
            return [self._news(each, _own(rows.get(each.live.attempt), each.user)) for each in wanted]

    def _news(self, wanted: _Wanted, row: Row[Any] | None) -> _News:
        more = row.more if row else ""
        is_written = row is not None and row.state == "writing" and not heartbeat_stopped(row)
        return _News(more, None if is_written else outcome_of(wanted.user, wanted.live))


def _own(row: Row[Any] | None, user: CurrentUser) -> Row[Any] | None:
    return row if row is not None and row.owner_id == user.id else None
