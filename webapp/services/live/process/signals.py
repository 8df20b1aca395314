"""Signals about the replies that this process writes. The app sends them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeAlias

from blinker import Signal
from flask import current_app

from webapp.services.live.values import Discarded, Failed, Superseded, Unstored

if TYPE_CHECKING:
    from collections.abc import Callable

    from webapp.services.live.values import Outcome

    Ending: TypeAlias = Literal["finished", "stopped", "failed", "interrupted", "taken_back", "superseded"]

STOPPED: Literal["stopped"] = "stopped"

#: The number of replies that this process writes has changed: `count`.
replies_counted = Signal()
#: A reply ended: `ending`, one of ENDINGS.
reply_ended = Signal()

ENDINGS: tuple[Ending, ...] = ("finished", "stopped", "failed", "interrupted", "taken_back", "superseded")


def notifier() -> Callable[[Ending], None]:
    """Return a function that sends `reply_ended`. It works outside of an app context too."""
    app = current_app._get_current_object()  # type: ignore[attr-defined] # noqa: SLF001

    def notify(ending: Ending) -> None:
        reply_ended.send(app, ending=ending)

    return notify


def ending_of(outcome: Outcome) -> Ending:
    """Return the ending of an outcome as a label for metrics."""
    if isinstance(outcome, Discarded):
        return "taken_back"
    if isinstance(outcome, Superseded):
        return "superseded"
    if isinstance(outcome, Failed):
        return "interrupted" if outcome.code == "interrupted" else "failed"
    if isinstance(outcome, Unstored):
        return "finished"
    return "stopped" if outcome.turn.assistant.finish_reason == STOPPED else "finished"
