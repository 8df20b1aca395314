"""ETags and conditional requests (RFC 9110, sections 8.8.3 and 13.1)."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from flask import Response, request

from webapp.http.numbers import read_whole

if TYPE_CHECKING:
    from webapp.api.kit.answer import Answer

#: Part of every ETag. Raise it when the JSON form of a revision changes.
_FORMAT = 2


def revision_etag(revision: int) -> str:
    """Return the strong ETag of a revision."""
    return f'"{revision}-{_FORMAT}"'


def body_etag(body: bytes) -> str:
    """Return the strong ETag of a body without a revision: a hash of its bytes."""
    return f'"{hashlib.blake2b(body, digest_size=12).hexdigest()}"'


def tag_etag(tag: str) -> str:
    """Return the strong ETag of a resource that tells its state by a tag."""
    return f'"{tag}"'


def not_modified(etag: str) -> Response | None:
    """Return a 304 if the client has this ETag (`If-None-Match`), else None."""
    if "If-None-Match" in request.headers and request.if_none_match.contains_weak(etag.strip('"')):
        return Response(status=304, headers={"ETag": etag})
    return None


def with_etag(answer: Answer) -> Answer | Response:
    """Add the ETag of its body to an answer, or return a 304 if the client has it."""
    etag = body_etag(answer.body)
    answer.headers["ETag"] = etag
    return not_modified(etag) or answer


def expected_tags() -> frozenset[str] | None:
    """Return the tags that `If-Match` allows, None if it allows any. Weak tags match nothing."""
    if "If-Match" not in request.headers or request.if_match.star_tag:
        return None
    return frozenset(tag for tag in request.if_match.as_set() if tag)


def expected_revisions() -> frozenset[int] | None:
    """Return the revisions that `If-Match` allows, None if it allows any. Weak tags match nothing."""
    if "If-Match" not in request.headers or request.if_match.star_tag:
        return None
    tags = (tag.rpartition("-") for tag in request.if_match.as_set() if tag)
    revisions = (read_whole(revision) for revision, _, form in tags if form == str(_FORMAT))
    return frozenset(revision for revision in revisions if revision is not None)
