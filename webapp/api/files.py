from __future__ import annotations

from typing import TYPE_CHECKING

from webapp.api import api
from webapp.http.audience import cached_by_reader
from webapp.http.authentication import current_user
from webapp.http.file_answers import file_response
from webapp.services.files.reading import find_file

if TYPE_CHECKING:
    from flask import Response


@api.route(
    "GET",
    "/files/<id:file_id>",
    responses={200: None, 206: None, 304: None},
    problems=(404, 416, 422),
    request_headers=("If-None-Match", "Range", "If-Range"),
    media_type="*/*",
)
@cached_by_reader
def show(file_id: str) -> Response:
    """Get the bytes of a file.

    The ETag is the SHA-256 of the bytes. A part is returned for a single range of bytes.
    """
    return file_response(current_user(), find_file(current_user(), file_id))
