"""The challenges of the doors that take a token (RFC 6750, section 3)."""

from __future__ import annotations

from flask import request

from webapp.config.settings import Settings
from webapp.errors import ReadOnly, SignInNeeded
from webapp.state import current
from webapp.urls import API, MCP, WELL_KNOWN

REALM = 'realm="Minutebook"'


def bearer_challenge(error: str = "", **parameters: str) -> dict[str, str]:
    """Return the header of a response that refuses a request for its token. `error` is a code of RFC 6750."""
    named = {"error": error} if error else {}
    listed = "".join(f', {name}="{value}"' for name, value in (named | parameters | _discovery()).items())
    return {"WWW-Authenticate": f"Bearer {REALM}{listed}"}


def _discovery() -> dict[str, str]:
    """Return where a client finds out how to get a token by OAuth (RFC 9728, section 5.1), nothing if that is off."""
    url = current(Settings).public_url
    if not url:
        return {}
    resource = next((path for path in (MCP, API) if f"{request.path}/".startswith(f"{path}/")), "")
    return {"resource_metadata": f"{url}{WELL_KNOWN}oauth-protected-resource{resource}"}


def no_token() -> SignInNeeded:
    return SignInNeeded(
        "This request needs a token: send “Authorization: Bearer mb_…”. Create one on your account page, or with "
        "“minutebook tokens create NAME --user YOU”.",
        headers=bearer_challenge(),
    )


def invalid_token() -> SignInNeeded:
    return SignInNeeded(
        "This token is not valid: it is unknown, revoked or expired. Create a new one on your account page.",
        headers=bearer_challenge("invalid_token"),
    )


def read_only_token() -> ReadOnly:
    return ReadOnly(
        "This token is read-only. Create a token that can write.",
        headers=bearer_challenge("insufficient_scope", scope="write"),
    )
