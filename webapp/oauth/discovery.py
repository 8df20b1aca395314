"""The metadata of the server and of its resources. It is the same for everybody."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, jsonify
from flask import Response as FlaskResponse

from webapp.http.audience import public
from webapp.services.oauth.metadata import resource_metadata, server_metadata

pages = Blueprint("oauth_discovery", __name__)


# Below a path, some clients look only where OpenID Connect has its metadata (RFC 8414, section 5).
@pages.get("/.well-known/openid-configuration")
@pages.get("/.well-known/oauth-authorization-server")
@public
def server() -> FlaskResponse:
    return _answer(server_metadata())


@pages.get("/.well-known/oauth-protected-resource", defaults={"path": ""})
@pages.get("/.well-known/oauth-protected-resource/<path:path>")
@public
def resource(path: str) -> FlaskResponse:
    return _answer(resource_metadata(f"/{path}" if path else ""))


def _answer(document: dict[str, Any]) -> FlaskResponse:
    response = jsonify(document)
    response.headers["Cache-Control"] = "public, max-age=300"
    return response
