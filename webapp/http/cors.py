"""CORS (WHATWG Fetch, section 3.2): pages of configured origins may call the doors for programs.

These doors take a token and no cookie, so a page can do nothing with them that any program with the token could not do.
Credentials are therefore never allowed, and pages for people are never opened to other origins.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from flask import Response, request

from webapp.config.settings import Settings
from webapp.http.audience import Audience
from webapp.http.doors import door_at
from webapp.state import current

if TYPE_CHECKING:
    from flask import Flask

ANY = "*"
_METHODS = "GET, HEAD, POST, PUT, PATCH, DELETE"
#: Response headers that scripts may read, beside those that every script may.
_EXPOSED = ", ".join(
    (
        "Accept",
        "Accept-Ranges",
        "Allow",
        "Content-Disposition",
        "Content-Range",
        "ETag",
        "Idempotency-Replayed",
        "Link",
        "Location",
        "Retry-After",
        "WWW-Authenticate",
        "X-Minutebook-Session",
        "X-Request-ID",
        "X-Should-Retry",
    )
)
#: Seconds that a browser may remember the answer to a preflight. No browser takes more than two hours.
_REMEMBERED = 7_200
#: A list of header names (RFC 9110, section 5.6.2).
_NAMES = re.compile(r"[\w!#$%&'*+.^`|~-]+(?:[ \t]*,[ \t]*[\w!#$%&'*+.^`|~-]+)*", re.ASCII)


def init_cors(app: Flask, settings: Settings) -> None:
    """Answer preflights before anything asks for a token, and add the headers to every answer, errors included."""
    if settings.cors_origins:
        app.before_request(_answer_preflight)
        app.after_request(_add_headers)


def is_allowed_origin() -> bool:
    """Return whether the request comes from a page of a configured origin and is for a door that takes no cookie."""
    return _allowed_origin() is not None


def _allowed_origin() -> str | None:
    """Return the origin to allow, `*` if any is. None if the request's is not allowed, or has none."""
    origins = current(Settings).cors_origins
    origin = request.headers.get("Origin")
    if origin is None or not _is_for_programs():
        return None
    if ANY in origins:
        return ANY
    return origin if origin in origins else None


def _is_for_programs() -> bool:
    return door_at(request.path).audience is Audience.TOKEN


def _answer_preflight() -> Response | None:
    if request.method != "OPTIONS" or "Access-Control-Request-Method" not in request.headers:
        return None
    if _allowed_origin() is None:
        return None
    response = Response(status=204)
    response.headers["Access-Control-Allow-Methods"] = _METHODS
    asked = request.headers.get("Access-Control-Request-Headers", "")
    if _NAMES.fullmatch(asked):
        # `*` would leave out `Authorization`.
        response.headers["Access-Control-Allow-Headers"] = asked
    response.headers["Access-Control-Max-Age"] = str(_REMEMBERED)
    response.vary.update(("Access-Control-Request-Method", "Access-Control-Request-Headers"))
    return response


def _add_headers(response: Response) -> Response:
    if not _is_for_programs():
        return response
    if ANY not in current(Settings).cors_origins:
        # A cache must not give the answer for one origin to another.
        response.vary.add("Origin")
    origin = _allowed_origin()
    if origin is not None:
        response.headers["Access-Control-Allow-Origin"] = origin
        response.headers["Access-Control-Expose-Headers"] = _EXPOSED
        # An error's page or a stream may be read by a page of another origin as well.
        response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response
