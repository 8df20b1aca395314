"""Digests of transcripts: one for every place, made of the one before it and of what stands there.

Two places with the same digest hold the same transcript, word for word, from the beginning. A session with a given
history is found by it, and a message that was lost, changed or moved shows by it.
"""

from __future__ import annotations

from hashlib import blake2b

#: Bytes. Two different transcripts share a digest by chance once in 2^64 of them.
SIZE = 16


def extend(before: bytes | None, role: str, content: str) -> bytes:
    """Return the digest of a transcript that goes on with a message; `before` is None at its beginning."""
    return blake2b(b"\0".join((before or b"", role.encode(), content.encode())), digest_size=SIZE).digest()
