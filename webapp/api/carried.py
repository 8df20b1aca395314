"""Turns that a client carries, as messages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from webapp.services.values import NewMessage

if TYPE_CHECKING:
    from collections.abc import Sequence

    from webapp.api.schemas.turns import CarriedTurn


def carried(turns: Sequence[CarriedTurn]) -> list[NewMessage]:
    """Return the messages of turns in order, with the pointers of their contents."""
    messages = []
    for place, turn in enumerate(turns):
        user, assistant = (f"#/turns/{place}/{role}/content" for role in ("user", "assistant"))
        messages.append(NewMessage(**turn.user.model_dump(), pointer=user))
        messages.append(NewMessage(**turn.assistant.model_dump(), role="assistant", pointer=assistant))
    return messages
