"""Only whole requests are acted upon: a body that broke off is refused before any view or handler reads it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import request

if TYPE_CHECKING:
    from collections.abc import Iterable
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

    from flask import Flask

#: The key of the WSGI environ under which our own server says why it has no body to give.
REFUSAL = "minutebook.refusal"


def init_whole_bodies(app: Flask) -> None:
    """Compare every body with its stated length, whatever serves the app, before a view is called.

    What is to be known of the request first (whose it is) is checked by the hooks that were registered earlier.
    """
    app.wsgi_app = _comparing(app.wsgi_app)  # type: ignore[assignment,method-assign]
    app.before_request(_read_whole_body)


def _comparing(wsgi_app: WSGIApplication) -> WSGIApplication:
    """Let Werkzeug compare what came of a body with `Content-Length`: whoever reads one that broke off gets a 400.

    gunicorn and others say of every request that its input ends by itself. Werkzeug then takes the end of the
    connection for the end of the body.
    """

    def compare(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if environ.get("CONTENT_LENGTH"):
            environ.pop("wsgi.input_terminated", None)
        return wsgi_app(environ, start_response)

    return compare


def _read_whole_body() -> None:
    """Read the body.

    Raises ClientDisconnected (400) if it is shorter than it said, RequestEntityTooLarge if the view takes less, and
    what our own server found out about it.
    """
    refusal: Exception | None = request.environ.get(REFUSAL)
    if refusal is not None:
        raise refusal
    if request.content_length or "wsgi.input_terminated" in request.environ:
        request.get_data(cache=True)
