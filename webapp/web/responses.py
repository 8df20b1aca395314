"""Pages, fragments and redirects as answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from flask import current_app, make_response, redirect, render_template, request

from webapp.http.url_prefix import prefixed
from webapp.urls import SESSIONS

if TYPE_CHECKING:
    from flask import Response


def wants_fragment() -> bool:
    """Say whether htmx asked for a part to swap in; everything else gets whole pages (also Back and reload)."""
    return request.headers.get("HX-Request-Type") == "partial"


def answer(template: str, *, status: int = 200, **context: Any) -> Response:
    """Render a template as the answer, told apart by what decides between page and fragment."""
    response = make_response(render_template(template, **context), status)
    response.headers.add("Vary", "HX-Request-Type")
    return response


def see_other(address: str) -> Response:
    """Send the browser on after a form was done (303)."""
    response = make_response(redirect(address, 303))
    response.headers.add("Vary", "HX-Request-Type")
    return response


def return_address(default: str, **extra: str) -> str:
    """Return the page of ours the form was on, else `default`; `extra` is its new query."""
    path = _came_from() or default
    query = "&".join(f"{name}={value}" for name, value in extra.items())
    return f"{path}?{query}" if query else path


def _came_from() -> str | None:
    """Return the path of the page the browser names as its last, None if it is none of ours."""
    try:
        page = urlsplit(request.headers.get("Referer", ""))
    except ValueError:
        return None
    path = page.path.removeprefix(request.script_root)
    ours = page.netloc == request.host and page.path.startswith(prefixed(SESSIONS))
    # A form that was refused left its own address behind, where there is nothing to get.
    return page.path if ours and current_app.url_map.bind(request.host).test(path, "GET") else None
