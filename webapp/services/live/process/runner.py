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
            "The server has reached its limit of parallel answers. Nothing was sent. Please try again in a few seconds."
        ),
        full_for_user=lambda: TooMany(
            f"You have {each} answers in progress, which is the limit. Nothing was sent. "
            "Please try again when one of them has ended.",
            headers={"Retry-After": "3"},
        ),
        closing=lambda: Busy("The server is shutting down. Nothing was sent. Please try again in a few seconds."),
        no_thread=lambda: Busy(
            "The server cannot start another answer now. Nothing was sent. Please try again in a few seconds."
        ),
    )
