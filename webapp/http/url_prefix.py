"""Running below a path: `/minutes` of a host whose other paths belong to others.

The prefix is a setting, and then requests arrive with it; or a proxy that was configured takes it off and names it in
`X-Forwarded-Prefix`. Either way it becomes SCRIPT_NAME (PEP 3333), which `url_for` writes before every address.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import abort, request

from webapp.config.validators import url_prefix
from webapp.urls import PROBES, WELL_KNOWN

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from flask import Flask

    from webapp.config.settings import Settings

    WsgiApp = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]

#: Metadata of an address below a path is at the root of its host, with that path behind (RFC 8414 and RFC 9728,
#: section 3.1 of each).
_NAMED_BY_PATH = (
    f"{WELL_KNOWN}oauth-authorization-server",
    f"{WELL_KNOWN}oauth-protected-resource",
    f"{WELL_KNOWN}openid-configuration",
)
_OUTSIDE = "minutebook.outside_prefix"


def init_url_prefix(app: Flask, settings: Settings) -> None:
    """Serve the app below its prefix, and nothing but the probes outside of it."""
    if settings.url_prefix:
        app.wsgi_app = _below(settings.url_prefix, app.wsgi_app)  # type: ignore[assignment,method-assign]
        app.before_request(_refuse_outside)
    elif settings.proxies:
        app.wsgi_app = _below_forwarded(app.wsgi_app)  # type: ignore[assignment,method-assign]


def path_below(prefix: str, path: str) -> str | None:
    """Return what follows the prefix in a path, None if the path is outside of it."""
    if path == prefix or path.startswith(f"{prefix}/"):
        return path[len(prefix) :] or "/"
    for name in _NAMED_BY_PATH:
        if prefix and path.startswith(f"{name}{prefix}") and path[len(name + prefix) :][:1] in {"", "/"}:
            return name + path[len(name + prefix) :]
    return path if path in PROBES else None


def prefixed(path: str) -> str:
    """Return the address of a path of the app's own, with the prefix of the request."""
    return request.script_root + path


def _below(prefix: str, wsgi_app: WsgiApp) -> WsgiApp:
    def serve(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        path = path_below(prefix, environ["PATH_INFO"])
        environ["SCRIPT_NAME"] = prefix
        if path is None:
            environ[_OUTSIDE] = True
        else:
            environ["PATH_INFO"] = path
        return wsgi_app(environ, start_response)

    return serve


def _below_forwarded(wsgi_app: WsgiApp) -> WsgiApp:
    def serve(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        environ["SCRIPT_NAME"] = _forwarded_prefix(environ.get("HTTP_X_FORWARDED_PREFIX", ""))
        return wsgi_app(environ, start_response)

    return serve


def _forwarded_prefix(value: str) -> str:
    """Return the prefix that a proxy names, nothing for what is none: an address is never made of it."""
    try:
        return url_prefix(value.strip().rstrip("/"))
    except ValueError:
        return ""


def _refuse_outside() -> None:
    if _OUTSIDE in request.environ:
        abort(404)
