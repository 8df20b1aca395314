from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint

from webapp.http.audience import Audience, allow
from webapp.http.body_limits import max_bytes
from webapp.http.rate_limits import limit_calls_from_address
from webapp.oauth.answers import form_parameters, present
from webapp.services.oauth.exchange import issue_tokens, revoke_token

if TYPE_CHECKING:
    from flask import Response

pages = Blueprint("oauth_tokens", __name__)


@pages.post("/oauth/token")
@allow(Audience.ANYBODY)
@max_bytes()
@limit_calls_from_address(60, 1)
def create() -> Response:
    """Exchange a code or a refresh token for tokens."""
    return present(issue_tokens(form_parameters()))


@pages.post("/oauth/revoke")
@allow(Audience.ANYBODY)
@max_bytes()
@limit_calls_from_address(60, 1)
def revoke() -> Response:
    """End a grant by one of its tokens."""
    return present(revoke_token(form_parameters()))
