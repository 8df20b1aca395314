"""Where a browser goes on to once it has said who it is, and what it takes along: to pages and forms of ours alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import current_app, make_response, redirect, request
from werkzeug.exceptions import RequestEntityTooLarge

from webapp.http.url_prefix import prefixed
from webapp.urls import SESSIONS, SIGN_IN, SIGN_OUT
from webapp.web.responses import answer, see_other

if TYPE_CHECKING:
    from collections.abc import Container

    from flask import Response


_CUT = "The form did not arrive whole. Nothing was done; go back and send it again."


def go_on(then: str, next_page: str) -> Response:
    """Send the browser on with the form that it sent (307), or to a page.

    With 307 it sends the same fields once more (RFC 9110, section 15.4.8).
    """
    if takes(then, "POST"):
        return make_response(redirect(prefixed(then), 307))
    return see_other(page_of_ours(next_page))


def fields_sent(own: Container[str] = ()) -> list[tuple[str, str]]:
    """Return the fields of the form that was sent, but for `own`, in their order. A form that is too long has none.

    Raises ClientDisconnected for one that did not arrive whole: half of what was typed must not be sent on.
    """
    try:
        return [(name, value) for name, value in request.form.items(multi=True) if name not in own]
    except RequestEntityTooLarge:
        return []


def cut_form() -> Response:
    """Answer a form that did not arrive whole."""
    return answer("errors/show.html", status=400, status_code=400, error_title="Bad Request", detail=_CUT)


def page_of_ours(path: str) -> str:
    """Return where to go for a path if it is a page here, else the list of chats: nobody is sent elsewhere."""
    ours = path.isprintable() and takes(path.partition("?")[0], "GET")
    return prefixed(path if ours else SESSIONS)


def takes(path: str, method: str) -> bool:
    """Say whether there is something of ours at a path that takes such requests, other than the way in and out."""
    if not path.startswith("/") or path.startswith(("//", "/\\", SIGN_IN, SIGN_OUT)) or not path.isprintable():
        return False
    return bool(current_app.url_map.bind("localhost").test(path, method))
