"""Responses with the bytes of a file: conditions, ranges and headers (RFC 9110, 6266, 8187), streamed by chunks."""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import quote

from flask import Response, current_app, request, stream_with_context

from webapp.errors import RangeNotSatisfiable
from webapp.http.audience import cached_by_reader
from webapp.http.file_stream import FileStream, blocking_pieces
from webapp.http.handoff import handoff
from webapp.services.files.media_types import RASTER, told_type
from webapp.services.files.reading import pieces_of, read_piece
from webapp.services.live import Feeds
from webapp.state import find

if TYPE_CHECKING:
    from webapp.services.users import CurrentUser
    from webapp.services.values import StoredFile

__all__ = ["cached_by_reader", "file_response"]

#: Nothing in a file runs, loads or opens anything, wherever it is opened.
_POLICY = "default-src 'none'; sandbox"
_RANGE = re.compile(r"bytes=([0-9]{0,18})-([0-9]{0,18})")
_NOT_IN_QUOTES = re.compile(r"[^ !#$&-\[\]-~]")


def file_response(user: CurrentUser, file: StoredFile) -> Response:
    """Respond with a file, a part of it, or a 304. Raises RangeNotSatisfiable."""
    etag = f'"{file.sha256.hex()}"'
    headers = {
        "ETag": etag,
        # The address is of these bytes for ever.
        "Cache-Control": "private, max-age=31536000, immutable",
        "Content-Security-Policy": _POLICY,
        "Accept-Ranges": "bytes",
    }
    if "If-None-Match" in request.headers and request.if_none_match.contains_weak(file.sha256.hex()):
        return Response(status=304, headers=headers)
    headers |= {"Content-Type": told_type(file.media_type), "Content-Disposition": disposition(file)}
    start, stop, status = 0, file.size, 200
    part = _wanted_part(file.size, etag)
    if part is not None:
        (start, stop), status = part, 206
        headers["Content-Range"] = f"bytes {start}-{stop - 1}/{file.size}"
    headers["Content-Length"] = str(stop - start)
    response = Response(status=status, headers=headers)
    if request.method != "HEAD":
        _add_body(response, user, file, start, stop)
    return response


def disposition(file: StoredFile) -> str:
    """Return how a browser treats a file, and its name (RFC 6266, with RFC 8187 for names beyond ASCII)."""
    kind = "inline" if file.media_type in RASTER else "attachment"
    plain = _NOT_IN_QUOTES.sub("_", file.name)
    exact = "" if plain == file.name else f"; filename*=UTF-8''{quote(file.name, safe='')}"
    return f'{kind}; filename="{plain}"{exact}'


def _wanted_part(size: int, etag: str) -> tuple[int, int] | None:
    """Return the range that is asked for, its end excluded, or None for the whole file.

    Several ranges, other units and malformed ranges are ignored, as RFC 9110 (section 14.2) allows.
    """
    found = _RANGE.fullmatch(request.headers.get("Range", "").replace(" ", "").lower())
    if found is None or request.method != "GET" or request.headers.get("If-Range", etag) != etag:
        return None
    first, last = found.groups()
    if not first and not last:
        return None
    if not first:
        start, stop = max(0, size - int(last)), size
    else:
        start, stop = int(first), min(size, int(last) + 1) if last else size
        if last and int(last) < start:
            return None
    if start >= stop:
        raise RangeNotSatisfiable(
            f"The file has {size:,} bytes, and the range that you asked for is beyond them.",
            headers={"Content-Range": f"bytes */{size}"},
        )
    return start, stop


def _add_body(response: Response, user: CurrentUser, file: StoredFile, start: int, stop: int) -> None:
    pieces = list(pieces_of(start, stop))
    if len(pieces) <= 1:
        response.set_data(b"".join(read_piece(user, file.id, piece) for piece in pieces))
        return
    read = partial(read_piece, user, file.id)
    handed, feeds = handoff(), find(Feeds)
    if handed is None or feeds is None:
        response.response = stream_with_context(blocking_pieces(pieces, read))
        return
    handed.stream = FileStream(current_app._get_current_object(), feeds, pieces, read)  # type: ignore[attr-defined] # noqa: SLF001 - the app itself, for other threads
    response.response = iter(())
