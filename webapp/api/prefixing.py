"""The URL prefix of the app, added to each response. Values and stored answers do not have it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import request

from webapp.http.prefixed_links import prefix_json
from webapp.http.url_prefix import prefixed
from webapp.urls import API

if TYPE_CHECKING:
    from flask import Flask, Response


def init_prefixing(app: Flask) -> None:
    app.after_request(_prefix_addresses)


def _prefix_addresses(response: Response) -> Response:
    if not request.script_root or not request.path.startswith(API):
        return response
    location = response.headers.get("Location", "")
    if location.startswith("/"):
        response.headers["Location"] = prefixed(location)
    if response.is_json and not response.is_streamed:
        response.set_data(prefix_json(response.get_data(), request.script_root))
    return response
