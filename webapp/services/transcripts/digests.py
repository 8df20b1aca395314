"""Digests of transcripts. Each message's digest covers the previous digest and the message.

Equal digests mean equal transcripts from the start, word for word. They find sessions with a given history, and they
show a message that was lost, changed or moved.
"""

from __future__ import annotations

from hashlib import blake2b

#: Bytes. Two different transcripts share a digest by chance once in 2^64.
SIZE = 16


def extend(before: bytes | None, role: str, content: str) -> bytes:
    """Return the digest of a transcript after one more message. `before` is None for the first message."""
    return blake2b(b"\0".join((before or b"", role.encode(), content.encode())), digest_size=SIZE).digest()
