"""The web app manifest (W3C), with which a browser puts the app on the home screen."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, url_for
from pydantic_core import to_json

from webapp.http.audience import public

pages = Blueprint("manifest", __name__)

_ICONS = (("icon-192", "192x192", "any"), ("icon-512", "512x512", "any"), ("icon-maskable-512", "512x512", "maskable"))


@pages.get("/manifest.webmanifest")
@public
def show() -> Response:
    """Return the manifest. Its addresses have the URL prefix."""
    manifest: dict[str, Any] = {
        "name": "Minutebook",
        "short_name": "Minutebook",
        "description": "The minute book of your conversations with assistants.",
        "id": url_for("sessions.new"),
        "start_url": url_for("sessions.new"),
        "scope": url_for("sessions.root"),
        "display": "standalone",
        "background_color": "#fcfbf8",
        "theme_color": "#fcfbf8",
        "icons": [
            {
                "src": url_for("static", filename=f"icons/{name}.png"),
                "sizes": sizes,
                "type": "image/png",
                "purpose": purpose,
            }
            for name, sizes, purpose in _ICONS
        ],
    }
    response = Response(to_json(manifest), content_type="application/manifest+json")
    response.headers["Cache-Control"] = "public, max-age=3600"
    return response
