"""Server-sent events (WHATWG HTML, section 9.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Response, current_app, request, stream_with_context
from pydantic_core import to_json

from webapp.access import while_let_in

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pydantic import BaseModel

EVENT_STREAM = "text/event-stream"

#: A line that says nothing, for proxies that close what is silent.
PING = b": still here\n\n"


def wants_events() -> bool:
    """Say whether the request names server-sent events among what it accepts."""
    return any(kind == EVENT_STREAM and quality > 0 for kind, quality in request.accept_mimetypes)


def event(name: str, data: Any, *, id: str | None = None, model: type[BaseModel] | None = None) -> bytes:  # noqa: A002 - the field's name
    """Write an event whose data is JSON: one line, whatever is in it.

    In development and tests its shape is checked against the `model`.
    """
    body = to_json(data)
    if model is not None and current_app.extensions["settings"].check_responses:
        model.model_validate_json(body)
    head = f"id: {id}\n" if id else ""
    return b"".join((f"{head}event: {name}\ndata: ".encode(), body, b"\n\n"))


def event_stream(events: Iterator[bytes], **headers: str) -> Response:
    """Answer with events as they come."""
    response = Response(stream_with_context(while_let_in(events)), content_type=f"{EVENT_STREAM}; charset=utf-8")
    response.headers["Cache-Control"] = "no-cache"
    # nginx would gather them.
    response.headers["X-Accel-Buffering"] = "no"
    response.headers.update({name.replace("_", "-"): value for name, value in headers.items()})
    return response
