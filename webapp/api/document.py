"""The OpenAPI 3.1 document, made of the schemas that validate, and a page to read it on."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, current_app, render_template
from pydantic_core import to_json

from webapp.api import api
from webapp.api.kit.openapi import build_document
from webapp.errors import kinds
from webapp.http.authentication import public
from webapp.http.url_prefix import prefixed
from webapp.urls import API

pages = Blueprint("document", __name__, url_prefix=API)


@pages.get("/openapi.json")
@public
def openapi() -> Response:
    """Serve the document."""
    return Response(to_json(_document(), indent=1), content_type="application/json")


@pages.get("/docs")
@public
def docs() -> str:
    """Show the document to people."""
    return render_template("api/docs.html", document=_document(), base=prefixed(API), problems=kinds())


def _document() -> dict[str, Any]:
    kept = current_app.extensions.get("openapi")
    if kept is None:
        limit = current_app.extensions["settings"].max_content_chars
        kept = current_app.extensions["openapi"] = build_document(api.operations, content_limit=limit)
    return dict(kept)
