"""Limits on the size of request bodies, declared with the view that reads the body.

A limit depends on the settings and the view only, so a server can look it up before it reads the body.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from flask import current_app, request

from webapp.config.settings import Settings
from webapp.state import current

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask import Flask


ViewT = TypeVar("ViewT", bound="Callable[..., Any]")

#: One character takes at most four `%XX` in a form (RFC 3986) and two `\uXXXX` in JSON (RFC 8259, section 7).
BYTES_PER_CHARACTER = 12
#: Bytes for everything but the texts: other fields, names, punctuation.
PLAIN_BYTES = 10_000
_FIELDS_OF_UPLOAD, _PARTS_OF_UPLOAD = 200_000, 1_000


class BodyBound(NamedTuple):
    """The parts of a limit: how many texts a body holds, and how many other bytes; and whether disks may buffer it.

    The files of an upload have a limit of their own, and are never in memory as a whole.
    """

    texts: int
    plain: int
    on_disk: bool
    is_upload: bool = False


def max_bytes(*, texts: int = 0, plain: int = PLAIN_BYTES, on_disk: bool = True) -> Callable[[ViewT], ViewT]:
    """Declare a view's body limit: `texts` of the maximum length, and `plain` other bytes.

    Without `on_disk`, large bodies of its requests and responses are buffered in memory alone.
    """

    def declare(view: ViewT) -> ViewT:
        view.max_bytes = BodyBound(texts, plain, on_disk)  # type: ignore[attr-defined]
        return view

    return declare


def takes_files(view: ViewT) -> ViewT:
    """Declare that a view reads a form with files (`multipart/form-data`)."""
    view.max_bytes = BodyBound(0, PLAIN_BYTES, on_disk=True, is_upload=True)  # type: ignore[attr-defined]
    return view


def is_upload(view: Callable[..., Any] | None) -> bool:
    """Return whether a view reads a form with files."""
    bound: BodyBound | None = getattr(view, "max_bytes", None)
    return bound is not None and bound.is_upload


def takes_files_now() -> bool:
    """Say whether the request's view reads files. They are long, so nothing reads them before authentication."""
    return is_upload(current_app.view_functions.get(request.endpoint or ""))


def body_limit(settings: Settings, view: Callable[..., Any] | None) -> int:
    """Return how many bytes a body for this view may have. None stands for an address without a view.

    A view that reads texts refuses one that is too long with a sentence about its length. It can do so only after the
    body was read, so its limit is never below that of a view without a declaration.
    """
    bound: BodyBound | None = getattr(view, "max_bytes", None)
    if bound is None:
        return settings.max_body_bytes
    if bound.is_upload:
        return settings.max_import_bytes + bound.plain
    if bound.texts == 0:
        return bound.plain
    return max(settings.max_body_bytes, bound.texts * BYTES_PER_CHARACTER * settings.max_content_chars + bound.plain)


def may_use_disk(view: Callable[..., Any] | None) -> bool:
    """Return whether bodies of this view's requests and responses may be buffered in temporary files."""
    bound: BodyBound | None = getattr(view, "max_bytes", None)
    return bound is None or bound.on_disk


def init_body_limits(app: Flask, settings: Settings) -> None:
    app.config["MAX_CONTENT_LENGTH"] = settings.max_body_bytes
    app.config["MAX_FORM_MEMORY_SIZE"] = settings.max_body_bytes
    app.config["MAX_FORM_PARTS"] = 50
    app.before_request(_set_limit)


def _set_limit() -> None:
    view = current_app.view_functions.get(request.endpoint or "")
    limit = body_limit(current(Settings), view)
    request.max_content_length = limit
    # Of an upload, it bounds the other fields. Werkzeug reads 64 KiB at once.
    if is_upload(view):
        # More are refused with a sentence.
        request.max_form_parts = _PARTS_OF_UPLOAD
    request.max_form_memory_size = _FIELDS_OF_UPLOAD if is_upload(view) else limit
