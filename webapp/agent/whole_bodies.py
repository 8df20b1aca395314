"""Bodies that are read whole, within a limit."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

#: Limit in bytes for a list of models or a whole answer. The longest lists have 1 MB.
MAX_BODY = 10_000_000
#: Bytes of an error that are read. The rest of it says nothing more.
MAX_ERROR = 200_000


def whole_body(pieces: Iterable[bytes]) -> bytes:
    """Join the pieces. Raises ValueError for more than `MAX_BODY` bytes."""
    body = bytearray()
    for piece in pieces:
        body += piece
        if len(body) > MAX_BODY:
            raise ValueError(f"It is too long: more than {MAX_BODY // 1_000_000} MB.")
    return bytes(body)


def beginning_of(pieces: Iterable[bytes], seconds: float) -> bytes:
    """Return what arrives within so many seconds, at most about `MAX_ERROR` bytes."""
    body, ends_at = bytearray(), time.monotonic() + seconds
    for piece in pieces:
        body += piece
        if len(body) > MAX_ERROR or time.monotonic() > ends_at:
            break
    return bytes(body[:MAX_ERROR])
