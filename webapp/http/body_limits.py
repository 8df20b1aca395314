"""The size of a request's body, declared with the view that reads it.

The bound follows from the settings and the view alone, so a server can ask for it before it reads the body.
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

#: One character is at most four `%XX` in a form (RFC 3986) and at most two `\uXXXX` in JSON (RFC 8259, section 7).
BYTES_PER_CHARACTER = 12
#: Bytes for everything but the texts: other fields, names, punctuation.
PLAIN_BYTES = 10_000


class BodyBound(NamedTuple):
    """The parts of a bound: how many texts a body holds, and how many bytes of anything else."""

    texts: int
    plain: int


def max_bytes(*, texts: int = 0, plain: int = PLAIN_BYTES) -> Callable[[ViewT], ViewT]:
    """Declare the bound of a view's body: `texts` of the greatest length, and `plain` bytes beside them."""

    def declare(view: ViewT) -> ViewT:
        view.max_bytes = BodyBound(texts, plain)  # type: ignore[attr-defined]
        return view

    return declare


def body_limit(settings: Settings, view: Callable[..., Any] | None) -> int:
    """Return how many bytes a body for this view may have; None is an address that no view serves.

    A view that takes texts refuses a longer one itself, and says how long it may be. It can only do so for a body
    that was read: so its bound is never below that of a view that declares nothing.
    """
    bound: BodyBound | None = getattr(view, "max_bytes", None)
    if bound is None:
        return settings.max_body_bytes
    if bound.texts == 0:
        return bound.plain
    return max(settings.max_body_bytes, bound.texts * BYTES_PER_CHARACTER * settings.max_content_chars + bound.plain)


def init_body_limits(app: Flask, settings: Settings) -> None:
    """Bound each request's body before anything reads it."""
    app.config["MAX_CONTENT_LENGTH"] = settings.max_body_bytes
    app.config["MAX_FORM_MEMORY_SIZE"] = settings.max_body_bytes
    app.config["MAX_FORM_PARTS"] = 50
    app.before_request(_set_limit)


def _set_limit() -> None:
    view = current_app.view_functions.get(request.endpoint or "")
    limit = body_limit(current(Settings), view)
    request.max_content_length = request.max_form_memory_size = limit
