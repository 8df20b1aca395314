"""The OpenAPI 3.1 document, built from the schemas that validate requests, and a page that shows it."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, current_app, render_template
from pydantic_core import to_json

from webapp import __version__
from webapp.api import api
from webapp.api.kit.openapi import build_document
from webapp.config.settings import Settings
from webapp.errors import kinds
from webapp.http.audience import public
from webapp.http.url_prefix import prefixed
from webapp.state import current, find, provide
from webapp.urls import API

_HEAD = {
    "openapi": "3.1.1",
    "info": {
        "title": "Minutebook",
        "version": __version__,
        "description": "Chat sessions, their ordered transcripts, and an assistant that answers.",
        "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
    },
    "servers": [{"url": API}],
    "security": [{"token": []}],
}
_SECURITY_SCHEMES = {
    "token": {
        "type": "http",
        "scheme": "bearer",
        "description": "A token of your account. Create it on the account page, or with "
        "`minutebook tokens create NAME --user YOU`.",
    }
}

pages = Blueprint("document", __name__, url_prefix=API)


@pages.get("/openapi.json")
@public
def openapi() -> Response:
    return Response(to_json(_document(), indent=1), content_type="application/json")


@pages.get("/docs")
@public
def docs() -> str:
    return render_template("api/docs.html", document=_document(), base=prefixed(API), problems=kinds())


class _Document(dict[str, Any]):
    """The OpenAPI document, built once per app."""


def _document() -> dict[str, Any]:
    document = find(_Document)
    if document is None:
        limit = current(Settings).max_content_chars
        document = provide(current_app, _Document(build_document(api.operations, _HEAD, _SECURITY_SCHEMES, limit)))
    return document
