"""Ids and the current time."""

from __future__ import annotations

import os
import threading
import time
from datetime import UTC, datetime
from uuid import UUID

_lock = threading.Lock()
_last = 0


def new_id() -> str:
    """Make a UUIDv7 (RFC 9562, section 5.7) as text, greater than every earlier one of this process.

    The 12 bits after the milliseconds are a fraction of the millisecond (section 6.2, method 3), so ids made
    in the same millisecond keep their order; the other 62 bits are random.
    """
    global _last  # noqa: PLW0603 - the monotonic clock of the process
    now = time.time_ns()
    ticks = (now // 1_000_000 << 12) | (now % 1_000_000 * 4096 // 1_000_000)
    with _lock:
        _last = ticks = max(ticks, _last + 1)
    value = (ticks >> 12) << 80 | 0x7 << 76 | (ticks & 0xFFF) << 64
    value |= 0b10 << 62 | int.from_bytes(os.urandom(8), "big") >> 2
    # A UUID object would take most of the time.
    digits = f"{value:032x}"
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


def utc_now() -> datetime:
    """Return the current time as aware UTC."""
    return datetime.now(UTC)


def canonical_id(text: str) -> str | None:
    """Return an id as it is stored, from a UUID in any of its notations; None for what is no UUID."""
    try:
        return str(UUID(text))
    except ValueError:
        return None
