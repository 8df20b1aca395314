"""What an import does with a conversation that may be here already: compared by content, not by counts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from webapp.services.ingest.values import Plan

if TYPE_CHECKING:
    from webapp.services.ingest.values import Prepared, Stored

CONTINUED = "You continued this chat here, so it is left as it is."
ANSWERING = "This chat is being answered now, so it is left as it is."
OLDER = "What is here is as new or newer."
SHORTER = "What is here has more messages."


def compare(conversation: Prepared, stored: Stored | None) -> Plan:
    """Return what is to be done. A chat that was changed here since its import is left alone."""
    count = len(conversation.messages)
    if stored is None or stored.session_id is None:
        return Plan("new", 0, count)
    common = _common(conversation, stored.digests)
    if common == count:
        return Plan("unchanged", count, 0, SHORTER if count < stored.imported_count else None)
    if stored.is_live or is_continued(stored):
        return Plan("continued", common, count - common, ANSWERING if stored.is_live else CONTINUED)
    if common == stored.message_count:
        return Plan("grown", common, count - common)
    if _is_newer(conversation, stored):
        return Plan("changed", common, count - common)
    return Plan("unchanged", common, 0, OLDER)


def _is_newer(conversation: Prepared, stored: Stored) -> bool:
    """Say whether other messages take the place of those here: later ones, or more of the same time.

    So two exports of one time do not replace each other again and again.
    """
    ended = conversation.last_activity_at
    if conversation.is_dated and ended != stored.last_activity_at:
        return ended > stored.last_activity_at
    return len(conversation.messages) > stored.message_count


def is_continued(stored: Stored) -> bool:
    """Say whether the chat's messages are not the imported ones any more: it was continued, edited or cut here."""
    return (
        stored.message_count != stored.imported_count
        or not stored.digests
        or stored.digests[-1] != stored.imported_digest
    )


def _common(conversation: Prepared, digests: list[bytes]) -> int:
    """Return how many messages both have in common. A digest covers all messages before it."""
    low, high = 0, min(len(conversation.messages), len(digests))
    while low < high:
        middle = (low + high + 1) // 2
        if conversation.messages[middle - 1].digest == digests[middle - 1]:
            low = middle
        else:
            high = middle - 1
    return low
