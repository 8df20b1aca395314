"""Checks before every request and headers of every response that protect pages from other sites."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from flask import Response, current_app, request
from flask.globals import request_ctx
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.sansio.utils import host_is_trusted

from webapp.config.settings import Settings
from webapp.errors import BadRequest, Forbidden
from webapp.http.authentication import SAFE_METHODS
from webapp.http.compression import init_compression
from webapp.http.cors import init_cors, is_allowed_origin
from webapp.state import current

if TYPE_CHECKING:
    from flask import Flask


#: No inline code and no foreign sources. Scripts create HTML only through htmx's Trusted Types policy.
CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
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
    app.config["SEND_FILE_MAX_AGE_DEFAULT"] = _STATIC_SECONDS
    if settings.proxies:
        # Only headers of the operator's own proxies are trusted. Proxies pass `Host` on unchanged.
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign]
            app.wsgi_app, x_for=settings.proxies, x_proto=settings.proxies, x_host=0, x_port=0, x_prefix=0
        )
    app.before_request(_refuse_other_names)
    init_cors(app, settings)
    app.before_request(_refuse_other_sites)
    app.after_request(_add_headers)
    init_compression(app)


def _refuse_other_names() -> None:
    """Refuse unknown host names: another site's name that resolves to this server can read pages (DNS rebinding).

    An IP address cannot be rebound, so it is always accepted.
    """
    trusted = current(Settings).trusted_hosts
    try:
        host = urlsplit(f"//{request.host}").hostname or ""
    except ValueError:
        host = ""
    if request_ctx.url_adapter is None:
        # The name cannot be a host's, so Flask has no URLs for the page that says so.
        request_ctx.url_adapter = current_app.url_map.bind("localhost", script_name=request.script_root)
    # Without trusted names, Werkzeug would accept every name.
    if not (host == "localhost" or _is_number(host) or (trusted and host_is_trusted(host, trusted))):
        raise BadRequest(
            "This server does not serve this host name. The operator can add it to TRUSTED_HOSTS.",
            attempt="unknown-host",
        )


def _refuse_other_sites() -> None:
    """Refuse changes that a page of another site causes in the user's browser (CSRF).

    Browsers state where a request comes from: Fetch Metadata, and Origin for older browsers and plain HTTP. If either
    names another site, the request is refused, unless it is for a door that takes no cookie and the operator allows
    the origin. A request with neither is not from a browser and has no cookie to
    misuse.
    """
    if request.method in SAFE_METHODS or is_allowed_origin():
        return
    site = request.headers.get("Sec-Fetch-Site")
    origin = request.headers.get("Origin")
    # Not `host_url`: it decodes international names, while browsers send their ASCII form (xn--…).
    own_origin = f"{request.scheme}://{request.host.lower()}"
    if site not in {None, "same-origin", "none"} or origin not in {None, own_origin}:
        raise Forbidden(
            "This request comes from a page of another site. Nothing was changed. Use the page of this server.",
            attempt="other-site",
        )


def _is_number(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _add_headers(response: Response) -> Response:
    for name, value in _HEADERS.items():
        response.headers.setdefault(name, value)
    if request.is_secure:
        response.headers["Strict-Transport-Security"] = f"max-age={_YEAR}"
    if _is_public(response):
        response.headers.setdefault("Cache-Control", "no-cache")
    elif not _is_declared(response, "is_cached_by_reader"):
        response.headers["Cache-Control"] = "no-store"
    return response


def _is_public(response: Response) -> bool:
    """Return whether the response is the same for everybody, so that caches may store it."""
    return _is_declared(response, "is_public")


def _is_declared(response: Response, mark: str) -> bool:
    if request.endpoint is None or response.status_code >= 400:
        return False
    return getattr(current_app.view_functions[request.endpoint], mark, False)
