"""What clients read first: the metadata of the server (RFC 8414) and of its resources (RFC 9728)."""

from __future__ import annotations

from typing import Any

from webapp.config.settings import Settings
from webapp.errors import NotFound
from webapp.services.oauth.addresses import RESOURCES, SCOPES, endpoint, issuer
from webapp.state import current
from webapp.urls import AUTHORIZE


def server_metadata() -> dict[str, Any]:
    return {
        "issuer": issuer(),
        "authorization_endpoint": issuer() + AUTHORIZE,
        "token_endpoint": endpoint("token"),
        "registration_endpoint": endpoint("register"),
        "revocation_endpoint": endpoint("revoke"),
        "scopes_supported": list(SCOPES),
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": ["authorization_code", "refresh_token"],
        "token_endpoint_auth_methods_supported": ["none"],
        "revocation_endpoint_auth_methods_supported": ["none"],
        "code_challenge_methods_supported": ["S256"],
        "authorization_response_iss_parameter_supported": True,
        "client_id_metadata_document_supported": current(Settings).client_documents,
    }


def resource_metadata(path: str) -> dict[str, Any]:
    """Return the metadata of the resource at a path of the app, without slash at its end. Raises NotFound."""
    if path not in RESOURCES:
        raise NotFound("This server has no protected resource of that name.")
    return {
        "resource": issuer() + path,
        "resource_name": "Minutebook",
        "authorization_servers": [issuer()],
        "scopes_supported": list(SCOPES),
        "bearer_methods_supported": ["header"],
    }
