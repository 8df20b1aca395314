"""Digests of transcripts. Each message's digest covers the previous digest and the message.

Equal digests mean equal transcripts from the start, word for word. They find sessions with a given history, and they
show a message that was lost, changed or moved. Messages without files have digests of version 1, so that they match
the histories of clients, which have no files. Version 2 covers a message's files as well.
"""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from webapp.services.values import NewMessage, StoredFile, TranscriptMessage

#: Bytes. Two different transcripts share a digest by chance once in 2^64.
SIZE = 16
WITHOUT_FILES, WITH_FILES = 1, 2


def extend(before: bytes | None, role: str, content: str, files: Sequence[tuple[bytes, str]] = ()) -> bytes:
    """Return the digest of a transcript after one more message. `before` is None for the first message.

    `files` are the SHA-256 and the name of each.
    """
    if files:
        return _with_files(before, role, content, files)
    return blake2b(b"\0".join((before or b"", role.encode(), content.encode())), digest_size=SIZE).digest()


def version_of(message: NewMessage | TranscriptMessage) -> int:
    return WITH_FILES if message.files else WITHOUT_FILES


def facts_of(files: Iterable[StoredFile]) -> list[tuple[bytes, str]]:
    """Return what a digest covers of files."""
    return [(file.sha256, file.name) for file in files]


def _with_files(before: bytes | None, role: str, content: str, files: Iterable[tuple[bytes, str]]) -> bytes:
    # No part contains a NUL. `person` separates the versions: no message without files has the same digest.
    parts = [bytes([WITH_FILES]), (before or b"").hex().encode(), role.encode(), content.encode()]
    for sha256, name in files:
        parts += [sha256.hex().encode(), name.encode()]
    return blake2b(b"\0".join(parts), digest_size=SIZE, person=b"files").digest()
