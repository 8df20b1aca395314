"""The facts of a request that logs may contain: its id, route, method and duration."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING, cast

from flask import g, has_request_context, request

if TYPE_CHECKING:
    from flask import Flask, Response

    from webapp.config.settings import Settings

HEADER = "X-Request-ID"
_SAFE_ID = re.compile(r"[A-Za-z0-9._-]{8,128}")
_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"})


def init_requests(app: Flask, settings: Settings) -> None:
    """Give every request an id and send it in the response header `X-Request-ID`.

    An id that the operator's proxy sends is taken over if it has a safe form. Otherwise a new one is made.
    """
    # The supervisor imports this module for its log only and must not load the tables.
    from webapp.ids import new_id  # noqa: PLC0415

    def begin() -> None:
        g.began_at = time.perf_counter()
        g.request_id = new_id()

    app.before_request(begin)
    if settings.proxies:
        app.before_request(_accept_proxy_id)
    app.after_request(_send_id)


def request_id() -> str | None:
    """Return the id of the request that this thread handles, or None outside a request."""
    return cast("str | None", g.get("request_id")) if has_request_context() else None


def route() -> str:
    """Return the matched URL rule. The URL itself may hold ids, secrets and search words."""
    return request.url_rule.rule if request.url_rule else "none"


def method() -> str:
    """Return the request's method, or "OTHER" for an unknown one: a client may send any word."""
    return request.method if request.method in _METHODS else "OTHER"


def seconds() -> float:
    return time.perf_counter() - cast("float", g.get("began_at", time.perf_counter()))


def _accept_proxy_id() -> None:
    proxy_id = request.headers.get(HEADER, "")
    if _SAFE_ID.fullmatch(proxy_id):
        g.request_id = proxy_id


def _send_id(response: Response) -> Response:
    response.headers[HEADER] = g.request_id
    return response
