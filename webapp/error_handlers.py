"""Refusals and failures, told by the door that was knocked at."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Response, current_app, request
from werkzeug.exceptions import HTTPException

from webapp.api import errors as api
from webapp.database.failures import TRANSIENT_ERRORS, as_app_error
from webapp.errors import AppError
from webapp.http.refusal_log import note_refusal
from webapp.observability.request_context import method, route
from webapp.openai_api import errors as compatible
from webapp.urls import API, OPENAI_COMPATIBLE
from webapp.web import errors as web

if TYPE_CHECKING:
    from types import ModuleType

    from flask import Flask


def init_handlers(app: Flask) -> None:
    """Handle every refusal and failure: nothing leaves as a traceback."""
    app.register_error_handler(AppError, _refused)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Exception, _failed)
    for kind in TRANSIENT_ERRORS:
        app.register_error_handler(kind, _troubled)


def _refused(error: AppError) -> Response:
    note_refusal(error)
    response: Response = _door().refused(error)
    response.headers.update(error.headers)
    return response


def _http(error: HTTPException) -> Response:
    """Tell what Flask refused itself, and keep the headers that belong to it (`Allow`, `Retry-After`)."""
    if error.code is not None and 300 <= error.code < 400:
        return error.get_response()  # type: ignore[return-value]
    response: Response = _door().refused_http(error)
    for header, value in error.get_headers():
        if header.lower() not in {"content-type", "content-length"}:
            response.headers[header] = value
    return response


def _troubled(error: Exception) -> Response:
    told = as_app_error(error)
    return _refused(told) if told else _failed(error)


def _failed(error: Exception) -> Response:
    # The route, not the path: that one holds ids and the secrets of links.
    current_app.logger.error("%s %s failed", method(), route(), exc_info=error)
    response: Response = _door().failed()
    return response


def _door() -> ModuleType:
    if request.path.startswith(f"{API}/") or request.endpoint == "metrics":
        return api
    return compatible if request.path.startswith(OPENAI_COMPATIBLE) else web
