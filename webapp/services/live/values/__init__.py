"""Values of live turns: the turn, its placement, the snapshot for followers, and the outcomes."""

from webapp.services.live.values.outcomes import Discarded, Failed, Outcome, Superseded, Unstored
from webapp.services.live.values.placement import Answered, Begun, Placement
from webapp.services.live.values.snapshots import LiveSnapshot, Thought
from webapp.services.live.values.turn import Continued, LiveTurn

__all__ = [
    "Answered",
    "Begun",
    "Continued",
    "Discarded",
    "Failed",
    "LiveSnapshot",
    "LiveTurn",
    "Outcome",
    "Placement",
    "Superseded",
    "Thought",
    "Unstored",
]
