"""Where a browser continues after signing in or confirming the password: only to this app's own pages and forms."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import current_app, make_response, redirect, request
from werkzeug.exceptions import RequestEntityTooLarge

from webapp.http.body_limits import takes_files_now
from webapp.http.url_prefix import prefixed
from webapp.urls import SESSIONS, SIGN_IN, SIGN_OUT
from webapp.web.responses import answer, see_other

if TYPE_CHECKING:
    from collections.abc import Container

    from flask import Response


#: The field of a key for another server. No page ever has it, so it is left out of a form that continues later.
API_KEY = "api_key"

_INCOMPLETE = "The form arrived incomplete, so nothing was changed. Go back and send it again."


def continue_to(then: str, next_page: str) -> Response:
    """Redirect to the pending form at `then`, or to the page `next_page`.

    The browser repeats a POST with the same fields after a 307 (RFC 9110, section 15.4.8).
    """
    if accepts(then, "POST"):
        return make_response(redirect(prefixed(then), 307))
    return see_other(own_page_or_home(next_page))


def form_fields(own: Container[str] = ()) -> list[tuple[str, str]]:
    """Return the request's form fields in order, without those in `own`.

    The result is empty if the form is too large, or has files.

    Raises ClientDisconnected for an incomplete body, so that a truncated text is never sent on.
    """
    if takes_files_now():
        # No form can carry files, and without them the rest is of no use.
        return []
    try:
        return [(name, value) for name, value in request.form.items(multi=True) if name not in own and name != API_KEY]
    except RequestEntityTooLarge:
        return []


def incomplete_form() -> Response:
    return answer("errors/show.html", status=400, status_code=400, error_title="Bad Request", detail=_INCOMPLETE)


def own_page_or_home(path: str) -> str:
    """Return the path if it is a page of this app, else the page of chats. This prevents open redirects."""
    is_own_page = path.isprintable() and accepts(path.partition("?")[0], "GET")
    return prefixed(path if is_own_page else SESSIONS)


def accepts(path: str, method: str) -> bool:
    """Return whether a route of this app accepts the method at this path. Signing in and out do not count."""
    if not path.startswith("/") or path.startswith(("//", "/\\", SIGN_IN, SIGN_OUT)) or not path.isprintable():
        return False
    return bool(current_app.url_map.bind("localhost").test(path, method))
