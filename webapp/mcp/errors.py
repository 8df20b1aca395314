"""Errors in the form of JSON-RPC 2.0 (section 5.1), with the codes of the Model Context Protocol."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Response, g
from pydantic_core import to_json

from webapp.http.json_body import JSON

if TYPE_CHECKING:
    from werkzeug.exceptions import HTTPException

    from webapp.errors import AppError

PARSE_ERROR = -32700
INVALID_REQUEST = -32600
METHOD_NOT_FOUND = -32601
INVALID_PARAMS = -32602
INTERNAL_ERROR = -32603
#: The protocol leaves −32000 to −32019 to implementations. `data.code` says what it is.
REFUSED = -32000
HEADER_MISMATCH = -32020
UNSUPPORTED_VERSION = -32022

#: Statuses of requests that no server would take in this form.
_INVALID_STATUSES = frozenset({400, 406, 413, 415, 422})
_STATUSES = {
    PARSE_ERROR: 400,
    INVALID_REQUEST: 400,
    INVALID_PARAMS: 400,
    HEADER_MISMATCH: 400,
    UNSUPPORTED_VERSION: 400,
    METHOD_NOT_FOUND: 404,
}


class ProtocolError(Exception):
    """A message that the protocol does not allow."""

    def __init__(self, code: int, message: str, data: dict[str, Any] | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.data = data


def error_response(error: ProtocolError, *, is_plain: bool = False) -> Response:
    """Return the response. Its status is 200 if `is_plain`.

    Clients of the older revisions take other statuses for faults of the connection.
    """
    status = 200 if is_plain else _STATUSES[error.code]
    return _answer(status, error.code, error.message, error.data)


def refused(error: AppError) -> Response:
    return _answer(error.status, _code_of(error.status), error.detail, {"code": error.code})


def refused_http(error: HTTPException) -> Response:
    status = error.code or 500
    name = error.name.lower().replace(" ", "-")
    return _answer(status, _code_of(status), error.description or error.name, {"code": name})


def failed() -> Response:
    """Return the response to an unexpected exception, without its details."""
    return _answer(500, INTERNAL_ERROR, "An unexpected error occurred. The server's log has the details.", None)


def _code_of(status: int) -> int:
    if status == 500:
        return INTERNAL_ERROR
    return INVALID_REQUEST if status in _INVALID_STATUSES else REFUSED


def _answer(status: int, code: int, message: str, data: dict[str, Any] | None) -> Response:
    """Return the error with the id of the request that is being answered, null if it is unknown."""
    error: dict[str, Any] = {"code": code, "message": message}
    if data is not None:
        error["data"] = data
    body = {"jsonrpc": "2.0", "id": g.get("rpc_id"), "error": error}
    return Response(to_json(body), status, content_type=JSON)
