"""The limits of an answer's text and reasoning. What was read is kept up to the limit, and it says so."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from webapp.services.content import max_content_chars

if TYPE_CHECKING:
    from webapp.services.live.process.draft import Draft
    from webapp.services.live.values import LiveTurn

#: The finish reason of an answer that reached the limit of a message's text.
TOO_LONG = "too_long"

_REST_OF_REASONING = "\n\n[The rest of the reasoning was not kept. The limit is {limit:,} characters.]"


def add_within_limit(draft: Draft, text: str) -> bool:
    """Add the part of the text that fits, so that followers never see more. Return False if it was cut."""
    room = max_content_chars() - draft.length_before(text)
    draft.add(text[: max(0, room)])
    return len(text) <= room


def reason_within_limit(draft: Draft, text: str) -> None:
    """Add the part of the reasoning that fits, and once the note that more came."""
    if kept := _kept(draft, text):
        draft.reason(kept)


def rethink_within_limit(draft: Draft) -> None:
    """Move the text of this attempt to the reasoning, as far as it fits."""
    draft.rethink(partial(_kept, draft))


def _kept(draft: Draft, text: str) -> str:
    limit = max_content_chars()
    room = limit - draft.reasoning_before(text)
    if len(text) <= room:
        return text
    return text[:room] + _REST_OF_REASONING.format(limit=limit) if room > 0 else ""


def model_of(live: LiveTurn) -> str:
    """Return the model's name, if the assistant's key contains it."""
    return live.assistant.partition(":")[2] or live.assistant
