"""Refusals and failures in the shape that OpenAI's clients read."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from flask import Response
from pydantic_core import to_json

from webapp.errors import AppError, Conflict, Interrupted, Invalid, RequestInFlight
from webapp.http.json_body import JSON

if TYPE_CHECKING:
    from werkzeug.exceptions import HTTPException

_TYPES = {502: "api_error", 500: "server_error", 503: "server_error"}


def refused(error: AppError) -> Response:
    """Tell what a service refused."""
    response = _answer(status_of(error), error_json(error))
    if isinstance(error, Conflict) and not isinstance(error, RequestInFlight | Interrupted):
        # The clients repeat a 409 by themselves, and this one would stay the same.
        response.headers["x-should-retry"] = "false"
    return response


def refused_http(error: HTTPException) -> Response:
    """Tell what Flask refused."""
    status = error.code or 500
    code = error.name.lower().replace(" ", "_")
    return _answer(status, _error(status, error.description or error.name, code))


def failed() -> Response:
    """Tell that something failed, and nothing of what."""
    return _answer(500, _error(500, "Minutebook made a mistake; its log tells what it was.", "internal"))


def status_of(error: AppError) -> int:
    """Return the status: values that cannot be used are a 400, as OpenAI has it."""
    return 400 if isinstance(error, Invalid) else error.status


def error_json(error: AppError) -> dict[str, Any]:
    """Write a refusal; of several fields that are wrong, the first."""
    first = error.problems[0] if error.problems else None
    code = first.code if first else error.code
    return _error(status_of(error), error.detail, code.replace("-", "_"), param_of(first.pointer) if first else None)


def param_of(pointer: str) -> str | None:
    """Write a JSON pointer as OpenAI does: `messages[0].content`."""
    parts = [part.replace("~1", "/").replace("~0", "~") for part in pointer.removeprefix("#").strip("/").split("/")]
    return re.sub(r"(^|\.)(\d+)(?=\.|$)", r"[\2]", ".".join(parts)) or None


def _error(status: int, message: str, code: str, param: str | None = None) -> dict[str, Any]:
    kind = _TYPES.get(status, "invalid_request_error")
    return {"error": {"message": message, "type": kind, "param": param, "code": code}}


def _answer(status: int, data: dict[str, Any]) -> Response:
    return Response(to_json(data), status, content_type=JSON)
