"""Server-sent events (WHATWG HTML, section 9.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import current_app, has_app_context, request
from pydantic_core import to_json

from webapp.http.live_answers import EVENT_STREAM

if TYPE_CHECKING:
    from pydantic import BaseModel


def wants_events() -> bool:
    """Say whether the request names server-sent events among what it accepts."""
    return any(kind == EVENT_STREAM and quality > 0 for kind, quality in request.accept_mimetypes)


def event(name: str, data: Any, *, id: str | None = None, model: type[BaseModel] | None = None) -> bytes:  # noqa: A002 - the field's name
    """Write an event whose data is JSON: one line, whatever is in it.

    In development and tests its shape is checked against the `model`, where the app is at hand.
    """
    body = to_json(data)
    if model is not None and has_app_context() and current_app.extensions["settings"].check_responses:
        model.model_validate_json(body)
    head = f"id: {id}\n" if id else ""
    return b"".join((f"{head}event: {name}\ndata: ".encode(), body, b"\n\n"))
