"""The endpoints for clients: tokens for a code or a refresh token, and revocation."""

from __future__ import annotations

from webapp.database.transaction import writing
from webapp.services.oauth.addresses import issuer
from webapp.services.oauth.values import Parameters, Reply

_GRANT_TYPES = frozenset({"authorization_code", "refresh_token"})


def issue_tokens(parameters: Parameters) -> Reply:
    """Return the token response (RFC 6749, section 5), or its error."""
    problem = _problem(parameters)
    if problem is not None:
        return problem
    if parameters.get("grant_type") not in _GRANT_TYPES:
        return _refusal("unsupported_grant_type", "Use authorization_code or refresh_token.")
    from webapp.services.oauth.engine import server

    # An error is an answer, too: what it revoked is committed.
    with writing():
        reply: Reply = server().create_token_response(parameters)
    return reply


def revoke_token(parameters: Parameters) -> Reply:
    """Return the answer to a revocation (RFC 7009). An unknown token is revoked already."""
    problem = _problem(parameters)
    if problem is not None:
        return problem
    from webapp.services.oauth.engine import server

    with writing():
        reply: Reply = server().create_endpoint_response("revocation", parameters)
    return reply


def _problem(parameters: Parameters) -> Reply | None:
    """Return the error of a request that Authlib cannot read. Raises NotFound if OAuth is off."""
    issuer()
    if not parameters.is_plain:
        return _refusal("invalid_request", "Values are printable ASCII characters.")
    return None


def _refusal(error: str, description: str) -> Reply:
    return Reply(400, {"error": error, "error_description": description})
