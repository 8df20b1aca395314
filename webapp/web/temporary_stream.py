"""The events of a temporary turn: the answer as it grows, and with each event what the page must carry of it."""

from __future__ import annotations

import time
from contextlib import aclosing
from typing import TYPE_CHECKING

from flask import render_template, request

from webapp.http.events import PING, write_event
from webapp.http.handoff import in_this_request
from webapp.http.permission import Permission
from webapp.http.prefixed_links import prefix_html
from webapp.rendering import plain_text
from webapp.services.live import (
    SHORTEST_PAUSE,
    Drawing,
    Failed,
    carried_answer,
    follow,
)
from webapp.web.carried import carried_value
from webapp.web.composer import temporary_field
from webapp.web.dates import day_label, local_day
from webapp.web.fragments import macro
from webapp.web.temporary_page import part_stays, temporary_place, to_temporary_lines
from webapp.web.thoughts import thought_html

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator
    from datetime import date

    from webapp.services.live import Begun, Feeds, LiveSnapshot
    from webapp.services.users import CurrentUser
    from webapp.services.values import NewMessage
    from webapp.web.temporary_turns import Asked


class TemporaryEvents:
    """Writes the events. Every event but the first and the last is written without a request, in any thread."""

    def __init__(self, asked: Asked, begun: Begun) -> None:
        self._asked = asked
        self._begun = begun
        self._prefix = request.script_root
        self._growth = macro("temporary/_growth.html", "growth")
        self.opening = self._write("temporary/_begun.html", live=begun.live, day=self._new_day())
        self.ending: Callable[[LiveSnapshot], bytes] = in_this_request(self._end)

    def growth(self, html: str, snapshot: LiveSnapshot) -> str:
        """Return the event with an answer's HTML so far, and with its text for the page to carry."""
        reply = carried_answer(snapshot)
        grown = self._growth(prefix_html(html, self._prefix), carried_value(reply) if reply else None)
        return write_event(thought_html(snapshot.thought) + grown)

    def _end(self, snapshot: LiveSnapshot) -> bytes:
        """Return the last event: the finished turn, or the question for the composer and the reason."""
        reply, outcome = carried_answer(snapshot), snapshot.outcome
        if reply is None:
            reason = outcome.reason if isinstance(outcome, Failed) else ""
            return self._write("temporary/_failed.html", problem=reason, is_own=not self._asked.is_retry)
        before = self._before
        turn = [reply] if self._asked.is_retry else [self._asked.question(self._begun.live), reply]
        return self._write(
            "temporary/_ended.html",
            lines=to_temporary_lines(turn, first_idx=len(before), before=self._day_before),
            place=temporary_place(len(before) + len(turn)),
            problem=part_stays(outcome),
            announced=plain_text(reply.content),
        )

    def _write(self, template: str, **context: object) -> bytes:
        first = len(self._before)
        replaced = [f"m-{place + 1}" for place in range(first, len(self._asked.messages))]
        values = {"asked": self._asked, "first": first, "replaced": replaced, "composer": temporary_field()} | context
        return write_event(render_template(template, **values)).encode()

    @property
    def _before(self) -> list[NewMessage]:
        """The messages that stay above the growing answer, and above its question if that is new."""
        return self._asked.messages[:-1] if self._asked.is_retry else self._asked.earlier

    @property
    def _day_before(self) -> date | None:
        last = self._before[-1].create_time if self._before else None
        return local_day(last) if last else None

    def _new_day(self) -> str | None:
        asked_at = self._begun.live.asked_at
        return None if self._day_before == local_day(asked_at) else day_label(asked_at)


class TemporaryStream:
    """The events, sent from the event loop. The answer stops if its reader is gone or may not have it any more."""

    def __init__(
        self, feeds: Feeds, user: CurrentUser, begun: Begun, events: TemporaryEvents, on_gone: Callable[[], None]
    ) -> None:
        self._feeds = feeds
        self._user = user
        self._begun = begun
        self._events = events
        self._on_gone = on_gone
        self._permission = Permission(feeds)

    async def run(self, send: Callable[[bytes], Awaitable[None]]) -> None:
        is_whole = False
        try:
            await send(self._events.opening)
            is_whole = await self._send_frames(send)
        finally:
            if not is_whole:
                self._on_gone()

    async def _send_frames(self, send: Callable[[bytes], Awaitable[None]]) -> bool:
        live, draft, events = self._begun.live, self._begun.draft, self._events
        assert draft is not None
        async with aclosing(self._feeds.follow_drawn(self._user, live, events.growth, draft)) as frames:
            async for frame in frames:
                if not await self._permission.is_given():
                    return False
                if frame is None:
                    await send(PING)
                elif frame.outcome is not None:
                    await send(await self._feeds.run(lambda: events.ending(draft.snapshot())))
                    return True
                elif frame.text:
                    await send(frame.text.encode())
        return False


def blocking_stream(
    user: CurrentUser, begun: Begun, events: TemporaryEvents, on_gone: Callable[[], None]
) -> Iterator[bytes]:
    """Yield the same events from a blocking thread."""
    is_whole = False
    drawing = Drawing(events.growth)
    try:
        yield events.opening
        for snapshot in follow(user, begun.live, begun.draft, pace=SHORTEST_PAUSE):
            if snapshot is None:
                yield PING
            elif snapshot.outcome is not None:
                yield events.ending(snapshot)
                is_whole = True
            elif snapshot.text or snapshot.thought.text:
                yield drawing.draw(snapshot).encode()
                time.sleep(drawing.pause)
    finally:
        if not is_whole:
            on_gone()
