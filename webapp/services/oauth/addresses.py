"""The URLs of the authorization server, and the resources that its tokens are for."""

from __future__ import annotations

from webapp.config.settings import Settings
from webapp.errors import NotFound
from webapp.state import current
from webapp.urls import API, MCP, OAUTH

READ, WRITE = "read", "write"
SCOPES = (READ, WRITE)
#: Paths of the protected resources. A token for one opens what is at its path and below.
RESOURCES = ("", MCP, API)


def issuer() -> str:
    """Return the URL that identifies the server. Raises NotFound if OAuth is off."""
    url = current(Settings).public_url
    if not url:
        raise NotFound("OAuth is off: the operator has not set MINUTEBOOK_PUBLIC_URL.")
    return url


def endpoint(name: str) -> str:
    """Return the URL of an endpoint for programs."""
    return f"{issuer()}{OAUTH}{name}"


def find_resource(url: str) -> str | None:
    """Return the resource that a client names, None if there is none of that name. Without a name it is all."""
    named = url.removesuffix("/") if url else issuer()
    return named if named in {issuer() + path for path in RESOURCES} else None
