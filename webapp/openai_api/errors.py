"""Errors in the form of the OpenAI API."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from flask import Response
from pydantic_core import to_json

from webapp.errors import AppError, Conflict, Interrupted, Invalid, ProviderFailed, RequestInFlight
from webapp.http.json_body import JSON
from webapp.openai_api.provider_refusals import telling_of

if TYPE_CHECKING:
    from werkzeug.exceptions import HTTPException

_TYPES = {429: "rate_limit_error", 502: "api_error", 500: "server_error", 503: "server_error"}


def refused(error: AppError) -> Response:
    response = _answer(status_of(error), error_json(error))
    if isinstance(error, Conflict) and not isinstance(error, RequestInFlight | Interrupted):
        # Clients retry a 409 by default, but this one would be the same again.
        response.headers["x-should-retry"] = "false"
    if isinstance(error, ProviderFailed):
        telling = telling_of(error.refusal)
        response.headers["x-should-retry"] = str(telling.may_retry).lower()
        if telling.retry_after is not None:
            response.headers["Retry-After"] = str(telling.retry_after)
    return response


def refused_http(error: HTTPException) -> Response:
    status = error.code or 500
    code = error.name.lower().replace(" ", "_")
    return _answer(status, _error(status, error.description or error.name, code))


def failed() -> Response:
    """Return the response to an unexpected exception, without its details."""
    return _answer(500, _error(500, "An unexpected error occurred. The server's log has the details.", "internal"))


def status_of(error: AppError) -> int:
    """Return the status of an error. Invalid values are a 400, and a provider's refusal keeps its kind."""
    if isinstance(error, ProviderFailed):
        return telling_of(error.refusal).status
    return 400 if isinstance(error, Invalid) else error.status


def error_json(error: AppError) -> dict[str, Any]:
    """Return the JSON of an error. If several fields are wrong, it names the first."""
    first = error.problems[0] if error.problems else None
    code = first.code if first else error.code
    if isinstance(error, ProviderFailed):
        code = telling_of(error.refusal).code
    return _error(status_of(error), error.detail, code.replace("-", "_"), param_of(first.pointer) if first else None)


def param_of(pointer: str) -> str | None:
    """Return a JSON pointer in the form of the OpenAI API: `messages[0].content`."""
    parts = [part.replace("~1", "/").replace("~0", "~") for part in pointer.removeprefix("#").strip("/").split("/")]
    return re.sub(r"(^|\.)(\d+)(?=\.|$)", r"[\2]", ".".join(parts)) or None


def _error(status: int, message: str, code: str, param: str | None = None) -> dict[str, Any]:
    kind = _TYPES.get(status, "invalid_request_error")
    return {"error": {"message": message, "type": kind, "param": param, "code": code}}


def _answer(status: int, data: dict[str, Any]) -> Response:
    return Response(to_json(data), status, content_type=JSON)
