"""The set-up of the threads that write replies."""

from __future__ import annotations

from typing import TYPE_CHECKING

from webapp.errors import Busy, TooMany
from webapp.services.live.process.flusher import DraftFlusher
from webapp.services.live.process.pool import Runner
from webapp.services.live.process.signals import replies_counted
from webapp.services.workers.closing import Closing
from webapp.services.workers.slots import Refusals, Slots
from webapp.state import provide

if TYPE_CHECKING:
    from collections.abc import Sequence

    from flask import Flask

    from webapp.config.settings import Settings
    from webapp.services.live.process.draft import Draft


def init_live(app: Flask, settings: Settings) -> None:
    """Provide the app's runner."""
    refusals = _refusals(settings.live_turns_each)
    slots = Slots(
        settings.live_turns,
        settings.live_turns_each,
        refusals,
        lambda count: replies_counted.send(app, count=count),
    )

    def flush(drafts: Sequence[Draft]) -> None:
        flusher.flush(drafts)

    runner = provide(app, Runner(app, "writer", slots, refusals, Closing(settings.grace), flush))
    flusher = DraftFlusher(runner.run_in_background)


def _refusals(each: int) -> Refusals:
    return Refusals(
        full=lambda: Busy(
            "As many replies as this server takes on are being written just now. "
            "Nothing was sent; please try again in a few seconds."
        ),
        full_for_user=lambda: TooMany(
            f"{each} replies to you are being written just now, which is as many as one may have. "
            "Nothing was sent; please try again when one has ended.",
            headers={"Retry-After": "3"},
        ),
        closing=lambda: Busy("The server is about to end. Nothing was sent; please try again in a few seconds."),
        no_thread=lambda: Busy("This server can write no further reply just now. Please try again in a few seconds."),
    )
