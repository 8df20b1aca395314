"""`Idempotency-Key`: the same request sent again gets the same answer and makes nothing new."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any, BinaryIO, cast

from flask import request

from webapp.services.idempotency import RequestKey

if TYPE_CHECKING:
    from collections.abc import Iterable

HEADER = "Idempotency-Key"
#: The response header of a replayed answer.
REPLAYED = {"Idempotency-Replayed": "true"}


def header_key(form: str, *parts: bytes) -> RequestKey | None:
    """Return the key in the request's header, None if there is none.

    `parts` are hashed together with the body: what makes the request another one. The answer is stored in `form`.
    """
    name = request.headers.get(HEADER)
    return None if name is None else key_of(name, form, *parts, request.get_data(cache=True))


def files_key(name: str, form: str, files: Iterable[tuple[str, BinaryIO]], *parts: bytes) -> RequestKey:
    """Return the key with a fingerprint of the `parts` and of the names and bytes of files."""
    hashes = []
    for file_name, stream in files:
        hashes.append(f"{file_name}:".encode() + hashlib.file_digest(cast("Any", stream), "sha256").digest())
        stream.seek(0)
    return key_of(name, form, *parts, *hashes)


def key_of(name: str, form: str, *parts: bytes) -> RequestKey:
    """Return the key with a fingerprint of the request's `parts`."""
    return RequestKey(name, hashlib.sha256(b"\0".join(parts)).hexdigest(), form)
