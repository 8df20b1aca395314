"""What followers see of a live turn."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from webapp.services.live.values.outcomes import Outcome
    from webapp.services.live.values.turn import LiveTurn


class Thought(NamedTuple):
    """The reasoning of an answer so far. `is_open` says that the model thinks now.

    `restarts` counts how often text turned out to be reasoning: the text then starts again.
    """

    text: str = ""
    seconds: float = 0.0
    is_open: bool = False
    restarts: int = 0


class LiveSnapshot(NamedTuple):
    """The state of a live turn for a follower: the text and the reasoning so far, and the outcome after the end."""

    live: LiveTurn
    text: str
    outcome: Outcome | None
    thought: Thought = Thought()
