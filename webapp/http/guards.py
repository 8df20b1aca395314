"""The shell around every answer: who may ask, and the headers that keep a page to itself."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from flask import Response, current_app, request
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.sansio.utils import host_is_trusted

from webapp.config.settings import Settings
from webapp.errors import BadRequest, Forbidden
from webapp.http.authentication import SAFE_METHODS
from webapp.http.compression import init_compression
from webapp.state import current

if TYPE_CHECKING:
    from flask import Flask


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
    "Cross-Origin-Embedder-Policy": "require-corp",
    "Origin-Agent-Cluster": "?1",
    "Permissions-Policy": "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()",
    "X-Frame-Options": "DENY",
}
_YEAR = 31_536_000
#: For files whose address stays the same when they change.
_STATIC_SECONDS = 3_600


def init_guards(app: Flask, settings: Settings) -> None:
    """Set the guards, the headers and the compression of every answer."""
    app.config["SEND_FILE_MAX_AGE_DEFAULT"] = _STATIC_SECONDS
    if settings.proxies:
        # Only what the operator's own proxies wrote is believed; `Host` they hand on as it came.
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign]
            app.wsgi_app, x_for=settings.proxies, x_proto=settings.proxies, x_host=0, x_port=0, x_prefix=0
        )
    app.before_request(_refuse_other_names)
    app.before_request(_refuse_other_sites)
    app.after_request(_add_headers)
    init_compression(app)


def _refuse_other_names() -> None:
    """Answer to our own names only: another one that leads here is a page that tries to read this (DNS rebinding).

    A number is no name: a page that was loaded from it is one of ours.
    """
    trusted = current(Settings).trusted_hosts
    try:
        host = urlsplit(f"//{request.host}").hostname or ""
    except ValueError:
        host = ""
    # Where no names are trusted, Werkzeug would take every name.
    if not (host == "localhost" or _is_number(host) or (trusted and host_is_trusted(host, trusted))):
        raise BadRequest(
            "Minutebook does not go by that name here. Whoever runs it can add it to TRUSTED_HOSTS.",
            attempt="unknown-host",
        )


def _refuse_other_sites() -> None:
    """Act only for pages of our own: a page from elsewhere in the same browser could post a form here.

    Browsers say where a request comes from (Fetch Metadata, and Origin for older ones and where there is no TLS). One
    of the two that names another place is enough. What says neither is no browser's, and brings no cookie that somebody
    else's page could make use of.
    """
    if request.method in SAFE_METHODS:
        return
    site = request.headers.get("Sec-Fetch-Site")
    origin = request.headers.get("Origin")
    # Not `host_url`: it writes the names of other scripts as they are read, browsers as they are looked up (xn--…).
    ours = f"{request.scheme}://{request.host.lower()}"
    if site not in {None, "same-origin", "none"} or origin not in {None, ours}:
        raise Forbidden("This request comes from another site's page. Nothing was changed.", attempt="other-site")


def _is_number(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _add_headers(response: Response) -> Response:
    response.headers.extend(_HEADERS)
    if request.is_secure:
        response.headers["Strict-Transport-Security"] = f"max-age={_YEAR}"
    if _is_public(response):
        response.headers.setdefault("Cache-Control", "no-cache")
    else:
        response.headers["Cache-Control"] = "no-store"
    return response


def _is_public(response: Response) -> bool:
    """Say whether an answer is the same for everybody, so that caches may keep it."""
    if request.endpoint is None or response.status_code >= 400:
        return False
    return getattr(current_app.view_functions[request.endpoint], "is_public", False)
