"""Each request by what may be said of it anywhere: an id, its route, its method, and how long it has taken so far."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING, cast

from flask import g, has_request_context, request

if TYPE_CHECKING:
    from flask import Flask, Response

    from webapp.config.settings import Settings

HEADER = "X-Request-ID"
_GIVEN = re.compile(r"[A-Za-z0-9._-]{8,128}")
_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"})


def init_requests(app: Flask, settings: Settings) -> None:
    """Give every request its id, and its answer, too.

    It is the one that a proxy of the operator's gave, if it is one that can be written anywhere, else a fresh one.
    """
    # The server's first process imports this for its log alone, and needs no tables, which ids live among.
    from webapp.ids import new_id  # noqa: PLC0415

    def begin() -> None:
        g.began_at = time.perf_counter()
        g.request_id = new_id()

    app.before_request(begin)
    if settings.proxies:
        app.before_request(_take_given)
    app.after_request(_tell_id)


def request_id() -> str | None:
    """Return the id of the request that is handled in this thread, None where there is none."""
    return cast("str | None", g.get("request_id")) if has_request_context() else None


def route() -> str:
    """Return the rule that the request's address follows: the address itself may hold ids, secrets and search words."""
    return request.url_rule.rule if request.url_rule else "none"


def method() -> str:
    """Return the request's method, if it is one there is: anybody may send any word for it."""
    return request.method if request.method in _METHODS else "OTHER"


def seconds() -> float:
    """Return how long the request has taken so far."""
    return time.perf_counter() - cast("float", g.get("began_at", time.perf_counter()))


def _take_given() -> None:
    given = request.headers.get(HEADER, "")
    if _GIVEN.fullmatch(given):
        g.request_id = given


def _tell_id(response: Response) -> Response:
    response.headers[HEADER] = g.request_id
    return response
