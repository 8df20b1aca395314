"""Errors as problem documents (RFC 9457)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Response
from pydantic_core import to_json

from webapp.observability.request_context import request_id
from webapp.urls import problem_path

if TYPE_CHECKING:
    from werkzeug.exceptions import HTTPException

    from webapp.errors import AppError

MEDIA_TYPE = "application/problem+json"


def refused(error: AppError) -> Response:
    """Return the error of a service. The member `errors` lists the wrong fields."""
    document: dict[str, Any] = {**error.facts}
    if error.problems:
        document["errors"] = [
            {"pointer": problem.pointer, "code": problem.code, "detail": problem.detail} for problem in error.problems
        ]
    return _problem(error.status, error.code, error.title, error.detail, document)


def refused_http(error: HTTPException) -> Response:
    code = error.name.lower().replace(" ", "-")
    return _problem(error.code or 500, code, error.name, error.description or error.name, {})


def failed() -> Response:
    """Return the response to an unexpected exception, without its details."""
    return _problem(
        500, "internal", "Something went wrong", "An unexpected error occurred. The server's log has the details.", {}
    )


def problem_json(status: int, code: str, title: str, detail: str, more: dict[str, Any]) -> dict[str, Any]:
    """Return a problem document with the extra members `more`."""
    return {
        "type": problem_path(code),
        "title": title,
        "status": status,
        "detail": detail,
        "code": code,
        "request_id": request_id(),
        **more,
    }


def _problem(status: int, code: str, title: str, detail: str, more: dict[str, Any]) -> Response:
    return Response(to_json(problem_json(status, code, title, detail, more)), status, content_type=MEDIA_TYPE)
