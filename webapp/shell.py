"""The shell around every answer: who may ask, and the headers that keep a page to itself."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from flask import Response, request

from webapp.compression import init_compression
from webapp.errors import BadRequest, Forbidden

if TYPE_CHECKING:
    from flask import Flask

    from webapp.config import Settings

#: Nothing inline, nothing from elsewhere; scripts make HTML only through htmx's own policy (Trusted Types).
CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "connect-src 'self'",
        "manifest-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
        "require-trusted-types-for 'script'",
        "trusted-types htmx",
    )
)
_HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
_SAFE = {"GET", "HEAD", "OPTIONS"}
_YEAR = 31_536_000


def init_shell(app: Flask, _settings: Settings) -> None:
    """Set the guards, the headers and the compression of every answer."""
    app.config["SEND_FILE_MAX_AGE_DEFAULT"] = _YEAR
    app.before_request(_refuse_strangers)
    app.after_request(_add_headers)
    init_compression(app)


def _refuse_strangers() -> None:
    """Answer this machine only, and act only for pages of our own.

    There is no sign-in yet: the address is the lock. A page from elsewhere in the same browser could still post
    a form here; browsers say where a request comes from (Fetch Metadata, and Origin for older ones).
    """
    if not _is_loopback(request.remote_addr or "127.0.0.1"):
        raise Forbidden("Minutebook has no sign-in yet, so it answers only the machine it runs on.")
    # Another name that leads here is somebody else's page trying to read this one (DNS rebinding).
    if not _is_loopback(urlsplit(f"//{request.host}").hostname or ""):
        raise BadRequest("Minutebook does not go by that name. Open it at 127.0.0.1 or localhost.")
    if request.method in _SAFE:
        return
    site = request.headers.get("Sec-Fetch-Site")
    origin = request.headers.get("Origin")
    foreign = site not in {"same-origin", "none"} if site else origin not in {None, request.host_url.rstrip("/")}
    if foreign:
        raise Forbidden("This request comes from another site's page. Nothing was changed.")


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _add_headers(response: Response) -> Response:
    response.headers.extend(_HEADERS)
    if request.endpoint != "static":
        response.headers.setdefault("Cache-Control", "private, no-cache")
    return response
