"""Redirect URIs: which ones a client may have, and which one a request may name (RFC 9700, section 4.1)."""

from __future__ import annotations

import re
from typing import NamedTuple
from urllib.parse import SplitResult, urlsplit

from webapp.config.validators import is_loopback

#: Browsers read spaces, backslashes and controls in URLs in ways of their own.
_PLAIN = re.compile(r"[!#-;=?-Z_a-z~\[\]]+")
_LONGEST = 1_000
_HOST = re.compile(r"[a-z0-9.-]+|[0-9a-f:.]+", re.IGNORECASE)
#: Schemes of known apps. Other apps have a scheme of their domain, such as `org.example.app` (RFC 8252, section 7.1).
_APP_SCHEMES = frozenset({"claude", "cursor", "vscode", "vscode-insiders", "windsurf", "zed"})
_DOMAIN_SCHEME = re.compile(r"[a-z][a-z0-9-]*(\.[a-z0-9-]+)+")


class Target(NamedTuple):
    """Where a browser is sent: a site's host, a program of this computer, or an app by its scheme."""

    kind: str
    name: str


def is_registered(uri: str, registered: list[str]) -> bool:
    """Return whether a redirect URI is one of the client's, character by character.

    Only the port of a program on this computer is free, because the system chooses it (RFC 8252, section 7.3).
    """
    if target_of(uri) is None:
        return False
    return uri in registered or _without_port(uri) in {_without_port(known) for known in registered} - {None}


def target_of(uri: str) -> Target | None:
    """Return where a redirect URI leads, None if it must not be used."""
    parts = _split(uri)
    if parts is None:
        return None
    host = parts.hostname or ""
    if parts.scheme in {"http", "https"} and is_loopback(host):
        return Target("program", host)
    if parts.scheme == "https":
        return Target("site", parts.netloc.lower()) if "." in host and _HOST.fullmatch(host) else None
    if parts.scheme in _APP_SCHEMES or _DOMAIN_SCHEME.fullmatch(parts.scheme):
        return Target("app", parts.scheme)
    return None


def form_source(uri: str) -> str:
    """Return the source expression with which a page may let a form lead to a redirect URI (CSP 3, section 2.3)."""
    parts = urlsplit(uri)
    return f"{parts.scheme}://{parts.netloc}" if parts.scheme in {"http", "https"} else f"{parts.scheme}:"


def _split(uri: str) -> SplitResult | None:
    if len(uri) > _LONGEST or not _PLAIN.fullmatch(uri) or "#" in uri:
        return None
    try:
        parts = urlsplit(uri)
        port = parts.port
    except ValueError:
        return None
    return None if "@" in parts.netloc or port == 0 else parts


def _without_port(uri: str) -> SplitResult | None:
    """Return a loopback redirect URI without its port, None for any other."""
    parts = _split(uri)
    if parts is None or parts.scheme != "http" or not is_loopback(parts.hostname or ""):
        return None
    return parts._replace(netloc=parts.hostname or "")
