"""The stylesheet and the script. Each is bundled from its parts at startup, and its URL has a hash of its content."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from flask import Blueprint, Response, abort, request

from webapp.http.audience import public
from webapp.http.url_prefix import prefixed
from webapp.state import current, provide
from webapp.urls import ASSETS

if TYPE_CHECKING:
    from flask import Flask

#: The order matters: tokens.css declares the cascade layers, and htmx comes before its extensions.
PARTS = {
    "minutebook.css": (
        "css/tokens.css",
        "css/base.css",
        "css/layout.css",
        "css/controls.css",
        "css/sidebar.css",
        "css/rows.css",
        "css/header.css",
        "css/tags.css",
        "css/transcript.css",
        "css/instructions.css",
        "css/files.css",
        "css/turn.css",
        "css/prose.css",
        "css/code.css",
        "css/composer.css",
        "css/pages.css",
        "css/temporary.css",
        "css/first_run.css",
        "css/account.css",
        "css/models.css",
        "css/imports.css",
        "css/touch.css",
        "css/print.css",
    ),
    "minutebook.js": (
        "vendor/htmx.min.js",
        "js/trusted-types.js",
        "vendor/hx-sse.min.js",
        "js/timezone.js",
        "js/composer.js",
        "js/copy.js",
        "js/code.js",
        "js/drafts.js",
        "js/current.js",
        "js/drawer.js",
        "js/imports.js",
        "js/list.js",
        "js/live.js",
        "js/menus.js",
        "js/picker.js",
        "js/reading.js",
        "js/shortcuts.js",
        "js/roving.js",
        "js/shelf.js",
        "js/select.js",
        "js/temporary.js",
        "js/signed-out.js",
        "js/theme.js",
    ),
}
_TYPES = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8"}
_FOREVER = "public, max-age=31536000, immutable"


class Bundles(NamedTuple):
    """Content and URL of each bundle, by file name. The URL has a hash of the content."""

    contents: dict[str, bytes]
    addresses: dict[str, str]


bundles = Blueprint("bundles", __name__)


def init_app(app: Flask) -> None:
    """Read the bundles. `asset('minutebook.css')` in a template returns a bundle's URL."""
    read = provide(app, read_bundles(Path(str(app.static_folder))))
    app.add_template_global(lambda name: prefixed(read.addresses[name]), "asset")


def read_bundles(root: Path) -> Bundles:
    """Read the bundles from the folder of static files."""
    contents = {name: b"\n".join((root / part).read_bytes() for part in parts) for name, parts in PARTS.items()}
    addresses = {
        name: f"{ASSETS}/{name}?v={hashlib.sha256(content).hexdigest()[:12]}" for name, content in contents.items()
    }
    return Bundles(contents, addresses)


@bundles.get("/assets/<name>")
@public
def bundle(name: str) -> Response:
    """Serve a bundle. Only the URL with the current hash is cached forever."""
    loaded = current(Bundles)
    content = loaded.contents.get(name)
    if content is None:
        abort(404)
    is_current = request.full_path == loaded.addresses[name]
    response = Response(content, content_type=_TYPES[Path(name).suffix])
    response.headers["Cache-Control"] = _FOREVER if is_current else "no-cache"
    response.add_etag()
    response.make_conditional(request)
    return response
