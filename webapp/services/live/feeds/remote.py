"""Feeds of attempts that other processes write. One poller reads all of them from the database."""

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
from webapp.services.live.following import News, outcome_of, thought_in
from webapp.services.live.rows import heartbeat_stopped, read_all_since
from webapp.services.live.values import Thought
from webapp.services.values import ChatResult

if TYPE_CHECKING:
    from collections.abc import Sequence

    from flask import Flask
    from sqlalchemy import Row

    from webapp.services.live.feeds.registry import RunInThread
    from webapp.services.live.values import LiveTurn
    from webapp.services.users import CurrentUser

log = logging.getLogger(__name__)

_POLL_SECONDS = 0.25


class RemoteFeed(Feed):
    """The feed of an attempt that another process writes."""

    def __init__(self, owner: RemoteFeeds, loop: asyncio.AbstractEventLoop, user: CurrentUser, live: LiveTurn) -> None:
        super().__init__(loop, following.QUIET_SECONDS)
        self.text = live.partial
        self.thought = Thought(
            live.reasoning or "", live.reasoning_seconds or 0.0, not live.partial, live.restarts or 0
        )
        self._owner = owner
        self.user = user
        self.live = live

    def close(self) -> None:
        super().close()
        self._owner.forget(self)


class _Query(NamedTuple):
    """An attempt to read, the number of its characters that the feed has, and the feed's reasoning."""

    user: CurrentUser
    live: LiveTurn
    seen: int
    thought: Thought


class RemoteFeeds:
    """Makes remote feeds, and polls the database while there are any."""

    def __init__(self, app: Flask, run: RunInThread) -> None:
        self._app = app
        self._run = run
        self._feeds: dict[str, RemoteFeed] = {}
        self._poller: asyncio.Task[None] | None = None
        self._is_leaving = False

    def make(self, loop: asyncio.AbstractEventLoop, user: CurrentUser, live: LiveTurn) -> RemoteFeed:
        """Return a new feed, which the poller reads from now on."""
        feed = self._feeds[live.attempt] = RemoteFeed(self, loop, user, live)
        if self._is_leaving:
            feed.release()
        elif self._poller is None:
            self._poller = loop.create_task(self._poll())
        return feed

    def forget(self, feed: RemoteFeed) -> None:
        """Stop polling for a feed."""
        self._feeds.pop(feed.live.attempt, None)

    def leave(self) -> None:
        """Release the followers, also those of later feeds."""
        self._is_leaving = True
        for feed in self._feeds.values():
            feed.release()

    async def _poll(self) -> None:
        while feeds := [feed for feed in self._feeds.values() if not feed.is_over]:
            queries = [_Query(feed.user, feed.live, len(feed.text), feed.thought) for feed in feeds]
            for feed, news in zip(feeds, await self._fetch(queries), strict=False):
                outcome = news.outcome
                whole = (
                    outcome.turn.assistant.content
                    if isinstance(outcome, ChatResult)
                    else news.after(feed.text, feed.thought)
                )
                feed.show(whole, outcome, news.thought)
            await asyncio.sleep(_POLL_SECONDS)
        self._poller = None

    async def _fetch(self, queries: Sequence[_Query]) -> list[News]:
        """Read the news of all queries. Return none during an outage, which must not end an answer."""
        try:
            return await self._run(partial(self._read_news, queries))
        except (Unavailable, SQLAlchemyError) as error:
            log.warning("Answers that other processes write could not be read: %s", describe_exception(error))
        except Exception:
            # Without the poller all its followers would wait for ever.
            log.exception("Answers that other processes write could not be read")
        return []

    def _read_news(self, queries: Sequence[_Query]) -> list[News]:
        with self._app.app_context():
            rows = read_all_since(read_connection(), {query.live.attempt: query.seen for query in queries})
            leave_transaction()
            return [self._news(query, _own(rows.get(query.live.attempt), query.user)) for query in queries]

    def _news(self, query: _Query, row: Row[Any] | None) -> News:
        more, thought = (row.more, thought_in(row, query.thought)) if row else ("", query.thought)
        is_written = row is not None and row.state == "writing" and not heartbeat_stopped(row)
        return News(more, thought, None if is_written else outcome_of(query.user, query.live))


def _own(row: Row[Any] | None, user: CurrentUser) -> Row[Any] | None:
    return row if row is not None and row.owner_id == user.id else None
