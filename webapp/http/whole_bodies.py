"""A check for truncated bodies: they are refused before a view or handler reads them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import current_app, request

from webapp.http.body_limits import is_upload
from webapp.http.temporary_files import ClosingRequest

if TYPE_CHECKING:
    from collections.abc import Iterable
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

    from flask import Flask

_PIECE = 65_536
#: WSGI environ key: the error for which our server has no body to pass on.
REFUSAL = "minutebook.refusal"


def init_whole_bodies(app: Flask) -> None:
    """Read every body before its view runs and compare it with its stated length, on any WSGI server.

    The hooks that were registered earlier, such as authentication, run first.
    """
    app.request_class = ClosingRequest
    app.wsgi_app = _comparing(app.wsgi_app)  # type: ignore[assignment,method-assign]
    app.before_request(_read_whole_body)


def _comparing(wsgi_app: WSGIApplication) -> WSGIApplication:
    """Make Werkzeug compare a body with `Content-Length`, so that a truncated body raises an error (400).

    gunicorn and others set `wsgi.input_terminated` on every request. Werkzeug would then take the end of the connection
    for the end of the body.
    """

    def compare(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if environ.get("CONTENT_LENGTH"):
            environ.pop("wsgi.input_terminated", None)
        return wsgi_app(environ, start_response)

    return compare


def _read_whole_body() -> None:
    """Read the body.

    Raises ClientDisconnected (400) if it is shorter than stated, RequestEntityTooLarge if it is over the view's limit,
    and the error that our own server found.
    """
    refusal: Exception | None = request.environ.get(REFUSAL)
    if refusal is not None:
        raise refusal
    if is_upload(current_app.view_functions.get(request.endpoint or "")):
        # Files are read part by part into temporary files. What is no form of files is read over.
        _ = request.files
        while request.stream.read(_PIECE):
            pass
    elif request.content_length or "wsgi.input_terminated" in request.environ:
        request.get_data(cache=True)
