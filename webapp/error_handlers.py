"""Errors, each in the shape of the door that its address belongs to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import current_app, request
from werkzeug.exceptions import HTTPException

from webapp.database.failures import TRANSIENT_ERRORS, as_app_error
from webapp.errors import AppError
from webapp.http.doors import door_at
from webapp.http.refusal_log import log_refusal
from webapp.observability.request_context import method, route

if TYPE_CHECKING:
    from flask import Flask, Response

    from webapp.http.doors import ErrorPresenter


def init_handlers(app: Flask) -> None:
    """Register the error handlers, so that no response contains a traceback."""
    app.register_error_handler(AppError, _handle_app_error)
    app.register_error_handler(HTTPException, _handle_http_error)
    app.register_error_handler(Exception, _handle_bug)
    for kind in TRANSIENT_ERRORS:
        app.register_error_handler(kind, _handle_database_error)


def _handle_app_error(error: AppError) -> Response:
    log_refusal(error)
    response = _errors().refused(error)
    response.headers.update(error.headers)
    return response


def _handle_http_error(error: HTTPException) -> Response:
    """Handle an error that Flask raised. Its own headers (`Allow`, `Retry-After`) are preserved."""
    if error.code is not None and 300 <= error.code < 400:
        return error.get_response()  # type: ignore[return-value]
    response = _errors().refused_http(error)
    for header, value in error.get_headers():
        if header.lower() not in {"content-type", "content-length"}:
            response.headers[header] = value
    return response


def _handle_database_error(error: Exception) -> Response:
    app_error = as_app_error(error)
    return _handle_app_error(app_error) if app_error else _handle_bug(error)


def _handle_bug(error: Exception) -> Response:
    # Log the route, not the path, which holds ids and the secrets of links.
    current_app.logger.error("%s %s failed", method(), route(), exc_info=error)
    return _errors().failed()


def _errors() -> ErrorPresenter:
    return door_at(request.path).errors
