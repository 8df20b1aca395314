from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from flask import Blueprint, Response, url_for

from webapp.http.audience import cached_by_reader
from webapp.http.authentication import current_user
from webapp.http.file_answers import file_response
from webapp.services.files.media_types import is_shown
from webapp.services.files.reading import find_file
from webapp.services.files.spooling import readable_size

if TYPE_CHECKING:
    from flask import Flask

    from webapp.services.values import StoredFile

pages = Blueprint("files", __name__)


class ShownFile(NamedTuple):
    """A file as a message shows it: as an image if it has a width, else as a link."""

    name: str
    url: str
    size: str
    width: int | None
    height: int | None
    #: Which side bounds an image: "wide", "tall", or "square" where that depends on the place.
    shape: str


@pages.get("/files/<id:file_id>/<name>")
@cached_by_reader
def show(file_id: str, name: str) -> Response:
    """Serve a file under one of its names. An image is shown; anything else is a download."""
    return file_response(current_user(), find_file(current_user(), file_id, name))


def init_app(app: Flask) -> None:
    app.jinja_env.filters["shown_files"] = lambda files: [_shown(file) for file in files]
    app.jinja_env.filters["readable_size"] = readable_size


def _shown(file: StoredFile) -> ShownFile:
    url = url_for("files.show", file_id=file.id, name=file.name)
    width, height = (file.width, file.height) if is_shown(file) else (None, None)
    return ShownFile(file.name, url, readable_size(file.size), width, height, _shape(width or 0, height or 0))


def _shape(width: int, height: int) -> str:
    """Return the shape by the bounds in `files.css`: 560 × 440, or 300 × 440 in the narrowest place."""
    if width * 440 >= height * 560:
        return "wide"
    return "tall" if width * 440 <= height * 300 else "square"
