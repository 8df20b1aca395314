"""The JSON door, `/api/v1`: whatever the page can do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, request

from webapp.api.kit.route import Api
from webapp.http.prefixed_links import prefix_json
from webapp.http.url_prefix import prefixed
from webapp.urls import API

if TYPE_CHECKING:
    from flask import Flask, Response

v1 = Blueprint("api", __name__, url_prefix=API)
api = Api(v1)


def init_app(app: Flask) -> None:
    """Register the operations and their document."""
    from webapp.api import (  # noqa: F401 - they register
        account,
        answering,
        assistants,
        chat,
        document,
        edits,
        forks,
        live,
        messages,
        retries,
        search,
        sessions,
        turns,
    )

    answering.init_app(app)

    app.register_blueprint(v1)
    app.register_blueprint(document.pages)
    app.after_request(_prefix_addresses)


def _prefix_addresses(response: Response) -> Response:
    """Put the prefix before the addresses of an answer. What was stored under a key is without one."""
    if not request.script_root or not request.path.startswith(API):
        return response
    location = response.headers.get("Location", "")
    if location.startswith("/"):
        response.headers["Location"] = prefixed(location)
    if response.is_json and not response.is_streamed:
        response.set_data(prefix_json(response.get_data(), request.script_root))
    return response
