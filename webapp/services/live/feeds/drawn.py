"""The HTML of a growing answer, rendered once for all followers on pages."""

from __future__ import annotations

import asyncio
import logging
import time
from contextlib import aclosing
from typing import TYPE_CHECKING

from webapp.rendering import GrowingMarkdown
from webapp.services.live import following
from webapp.services.live.feeds.feed import Feed

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable

    from webapp.services.live.feeds.registry import RunInThread
    from webapp.services.live.values import LiveSnapshot

    Frame = Callable[[str, LiveSnapshot], str]

log = logging.getLogger(__name__)

#: Seconds between two renderings, and the characters of HTML that a follower gets in a second.
SHORTEST_PAUSE = 0.1
_CHARACTERS_A_SECOND = 300_000


class Drawing:
    """Renders a growing answer. `pause` is the number of seconds to wait before the next rendering.

    The pause grows with the length of the HTML and the time of the last rendering, so that a long answer fills neither
    the network nor a core. `frame` takes the HTML and the snapshot that it was made of, and returns the text to send.
    """

    def __init__(self, frame: Frame) -> None:
        self._growing = GrowingMarkdown()
        self._restarts = 0
        self._frame = frame
        self.pause = SHORTEST_PAUSE

    def draw(self, snapshot: LiveSnapshot) -> str:
        text, thought = snapshot.text, snapshot.thought
        if thought.restarts != self._restarts:
            self._growing, self._restarts = GrowingMarkdown(), thought.restarts
        began = time.monotonic()
        html = self._growing.render(text) if text else ""
        length = len(html) + len(thought.text)
        self.pause = max(length / _CHARACTERS_A_SECOND, 3 * (time.monotonic() - began))
        return self._frame(html, snapshot)


class DrawnFeed(Feed):
    """A feed whose text is the rendered text of another feed."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        snapshots: AsyncGenerator[LiveSnapshot | None, None],
        frame: Frame,
        run: RunInThread,
    ) -> None:
        super().__init__(loop, following.QUIET_SECONDS)
        self._drawing = Drawing(frame)
        self._snapshots = snapshots
        self._run = run
        self._task = loop.create_task(self._draw_all())

    def close(self) -> None:
        super().close()
        self._task.cancel()

    async def _draw_all(self) -> None:
        drawing = self._drawing
        try:
            async with aclosing(self._snapshots) as snapshots:
                async for snapshot in snapshots:
                    if snapshot is None:
                        continue
                    if snapshot.outcome is not None:
                        self.show(self.text, snapshot.outcome)
                    elif snapshot.text or snapshot.thought.text:
                        self.show(await self._run(lambda snapshot=snapshot: drawing.draw(snapshot)), None)  # type: ignore[misc]
                        await asyncio.sleep(drawing.pause)
        except Exception:
            log.exception("A growing answer could not be drawn")
        # Without an outcome this process is about to end: the page connects to another one.
        self.release()
