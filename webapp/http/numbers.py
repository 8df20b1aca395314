"""Numbers that a request carries as text."""

from __future__ import annotations

_MOST_DIGITS = 9


def read_whole(text: str) -> int | None:
    """Return the whole number that a text of one to nine ASCII digits is, None for any other text."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS else None
