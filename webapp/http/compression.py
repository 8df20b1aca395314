"""Gzip compression of text responses that are long enough, if the client accepts it."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING

from flask import Response, request

if TYPE_CHECKING:
    from flask import Flask

_TYPES = {"text/html", "text/css", "text/javascript", "image/svg+xml"}
_SHORTEST = 1_000
_LEVEL = 4


def init_compression(app: Flask) -> None:
    """Register the compression. JSON is left out, because its strong ETags are compared byte for byte."""
    app.after_request(_compress)


def _compress(response: Response) -> Response:
    if response.mimetype not in _TYPES:
        return response
    response.vary.add("Accept-Encoding")
    unfit = response.status_code != 200 or response.is_streamed or response.content_encoding
    if unfit or not request.accept_encodings["gzip"] or (response.content_length or 0) < _SHORTEST:
        return response
    response.set_data(gzip.compress(response.get_data(), _LEVEL, mtime=0))
    response.content_encoding = "gzip"
    etag, _ = response.get_etag()
    if etag:
        # The compressed page is equivalent but not identical, so its ETag is weak (RFC 9110, section 8.8.1).
        response.set_etag(etag, weak=True)
    return response
