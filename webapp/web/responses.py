"""Responses: pages, fragments and redirects."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from flask import current_app, make_response, redirect, render_template, request

from webapp.http.authentication import cookie_path
from webapp.http.url_prefix import prefixed
from webapp.ids import canonical_id
from webapp.urls import SESSIONS, TAGS

if TYPE_CHECKING:
    from flask import Response

_SENT_SECONDS = 3600


def wants_fragment() -> bool:
    """Return whether htmx asks for a fragment. Everything else, also Back and reload, gets whole pages."""
    return request.headers.get("HX-Request-Type") == "partial"


def answer(template: str, *, status: int = 200, **context: Any) -> Response:
    """Render a template as a response. Vary keeps caches from mixing up pages and fragments."""
    response = make_response(render_template(template, **context), status)
    response.headers.add("Vary", "HX-Request-Type")
    return response


def see_other(address: str) -> Response:
    """Redirect after a form (303)."""
    response = make_response(redirect(address, 303))
    response.headers.add("Vary", "HX-Request-Type")
    return response


def accepted(response: Response) -> Response:
    """Set the cookie that names the accepted form. The next page's script then removes the form's draft."""
    key = canonical_id(request.form.get("key", ""))
    if key and not wants_fragment():
        response.set_cookie(
            "sent", key, max_age=_SENT_SECONDS, path=cookie_path(), samesite="Lax", secure=request.is_secure
        )
    return response


def redirect_browser(address: str) -> Response:
    """Redirect after a form: htmx loads the whole page (HX-Redirect), everything else gets a 303."""
    if not wants_fragment():
        return see_other(address)
    response = answer("chat/_link_to_chat.html", address=address)
    response.headers["HX-Redirect"] = address
    return response


def open_session_id() -> str | None:
    """Return the id of the chat on the page that the form was on, or None."""
    path = _referring_path() or ""
    return None if is_tag_open() else canonical_id(path.rpartition("/")[2])


def is_tag_open() -> bool:
    """Return whether the form was on the page of a tag's chats."""
    return (_referring_path() or "").startswith(prefixed(TAGS))


def return_address(default: str, **extra: str) -> str:
    """Return the path of the page that the form was on, else `default`. `extra` becomes the query."""
    path = _referring_path() or default
    query = "&".join(f"{name}={value}" for name, value in extra.items())
    return f"{path}?{query}" if query else path


def _referring_path() -> str | None:
    """Return the path of the Referer header, or None unless it is a page of chats of this app."""
    try:
        page = urlsplit(request.headers.get("Referer", ""))
    except ValueError:
        return None
    path = page.path.removeprefix(request.script_root)
    is_own_page = page.netloc == request.host and page.path.startswith((prefixed(SESSIONS), prefixed(TAGS)))
    # After a rejected form the browser is at the form's own URL, which may have no page.
    return page.path if is_own_page and current_app.url_map.bind(request.host).test(path, "GET") else None
