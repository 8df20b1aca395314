from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Blueprint
from pydantic import RootModel, ValidationError

from webapp.errors import BadRequest
from webapp.http.audience import Audience, allow
from webapp.http.body_limits import max_bytes
from webapp.http.json_body import parse, read_bytes
from webapp.http.rate_limits import limit_calls_from_address
from webapp.oauth.answers import present
from webapp.services.oauth.registration import register

if TYPE_CHECKING:
    from flask import Response

pages = Blueprint("oauth_registrations", __name__)


class Metadata(RootModel[dict[str, Any]]):
    """Client metadata: a JSON object."""


@pages.post("/oauth/register")
@allow(Audience.ANYBODY)
@max_bytes(plain=20_000)
@limit_calls_from_address(30, 60)
def create() -> Response:
    """Register a client."""
    try:
        metadata = parse(Metadata, read_bytes())
    except ValidationError:
        raise BadRequest("The body is not a JSON object.") from None
    return present(register(metadata.root))
