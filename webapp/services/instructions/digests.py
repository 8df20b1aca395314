"""Digests of instructions. Each one's digest covers the previous digest and the instruction.

The chain is apart from that of the messages, by which the histories of clients are found.
"""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING, Any

from webapp.database.types import instant_text

if TYPE_CHECKING:
    from datetime import datetime

    from webapp.services.instruction_values import Given

_SIZE = 16


def text_digest(content: str) -> bytes:
    return blake2b(content.encode(), digest_size=_SIZE).digest()


def digest_of(given: Given) -> bytes:
    return given.struck_digest or text_digest(given.content)


def chained(before: bytes | None, fact: Any, made_at: datetime, text: bytes | None) -> bytes:
    """Return the digest of an instruction after the one with the digest `before`. `text` is the digest of its text."""
    numbers = (fact.at_idx, fact.place, fact.position, fact.number)
    facts = (*map(str, numbers), fact.origin, fact.role, instant_text(made_at))
    parts = (before or b"", *(part.encode() for part in facts), text or b"")
    return blake2b(b"\0".join(parts), digest_size=_SIZE).digest()
