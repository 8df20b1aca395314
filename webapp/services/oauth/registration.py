"""Registration of a client by itself (RFC 7591). Anybody may, and it allows nothing: only a user can."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from webapp.services.oauth.addresses import READ, WRITE, issuer
from webapp.services.oauth.clients import MAX_REDIRECT_URIS, register_client, shown_name
from webapp.services.oauth.redirects import target_of
from webapp.services.oauth.values import Reply

if TYPE_CHECKING:
    from collections.abc import Mapping


class WrongMetadataError(Exception):
    """A client's metadata is wrong. `code` is of RFC 7591, section 3.2.2."""

    def __init__(self, code: str, description: str) -> None:
        super().__init__(description)
        self.code = code


def register(metadata: Mapping[str, Any]) -> Reply:
    """Store a client and return its registration. What is not supported is left out of it."""
    issuer()
    try:
        client = register_client(*read_metadata(metadata))
    except WrongMetadataError as error:
        return Reply(400, {"error": error.code, "error_description": str(error)})
    return Reply(
        201,
        {
            "client_id": client.client_id,
            "client_id_issued_at": int(time.time()),
            "client_name": client.name,
            "redirect_uris": client.redirect_uris,
            # A server may replace what a client asks for (section 3.2.1).
            "token_endpoint_auth_method": "none",
            "grant_types": ["authorization_code", "refresh_token"],
            "response_types": ["code"],
            "scope": f"{READ} {WRITE}",
        },
    )


def read_metadata(metadata: Mapping[str, Any]) -> tuple[str, list[str]]:
    """Return the name and the redirect URIs of a client. Raises WrongMetadataError."""
    uris = metadata.get("redirect_uris")
    if not isinstance(uris, list) or not 1 <= len(uris) <= MAX_REDIRECT_URIS:
        raise WrongMetadataError("invalid_redirect_uri", f"redirect_uris is a list of 1 to {MAX_REDIRECT_URIS} URIs.")
    targets = [target_of(uri) if isinstance(uri, str) else None for uri in uris]
    if None in targets:
        raise WrongMetadataError(
            "invalid_redirect_uri",
            "A redirect URI is https, http on this computer, or has the scheme of an app; it has no fragment.",
        )
    for field, needed in (("grant_types", "authorization_code"), ("response_types", "code")):
        values = metadata.get(field, [needed])
        if not isinstance(values, list) or needed not in values:
            raise WrongMetadataError("invalid_client_metadata", f"{field} is a list with {needed}.")
    name = metadata.get("client_name") or ""
    if not isinstance(name, str):
        raise WrongMetadataError("invalid_client_metadata", "client_name is a text.")
    first = targets[0]
    assert first is not None
    return shown_name(name) or first.name, list(dict.fromkeys(uris))
