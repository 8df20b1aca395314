"""How an answer is made, as the row of a live turn has it."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from webapp.agent.values import Parameters

if TYPE_CHECKING:
    from webapp.services.live.values import LiveTurn


def fields_of(parameters: Parameters | None) -> dict[str, Any] | None:
    """Return the parameters that are set, None if there are none."""
    fields = asdict(parameters) if parameters else {}
    return {name: value for name, value in fields.items() if value is not None} or None


def options_of(live: LiveTurn) -> dict[str, Parameters]:
    """Return the parameters of a turn as an argument of `reply`, if it has any."""
    return {"parameters": Parameters(**live.parameters)} if live.parameters else {}
