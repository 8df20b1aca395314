"""Errors as OAuth has them (RFC 6749, section 5.2): a code and a description in ASCII."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Response
from pydantic_core import to_json

from webapp.http.json_body import JSON

if TYPE_CHECKING:
    from werkzeug.exceptions import HTTPException

    from webapp.errors import AppError

_TEMPORARY = frozenset({429, 503})


def refused(error: AppError) -> Response:
    return _answer(error.status, error.detail)


def refused_http(error: HTTPException) -> Response:
    return _answer(error.code or 500, error.description or error.name)


def failed() -> Response:
    """Return the response to an unexpected exception, without its details."""
    return _answer(500, "An unexpected error occurred. The server's log has the details.")


def _answer(status: int, description: str) -> Response:
    code = "temporarily_unavailable" if status in _TEMPORARY else "server_error" if status >= 500 else "invalid_request"
    # The descriptions for people have typographic quotes.
    plain = description.encode("ascii", "ignore").decode().replace('"', "'").replace("\\", "")
    return Response(to_json({"error": code, "error_description": plain}), status, content_type=JSON)
