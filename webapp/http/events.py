"""Server-sent events (WHATWG HTML, section 9.2): how one is written, and the answer that carries them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from flask import Response, request

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

EVENT_STREAM = "text/event-stream"
#: A comment, for proxies that close what is silent.
PING = b": still here\n\n"
#: A stream's lines end with any of these: what follows a CR would be read as a field.
_LINE_END = re.compile("\r\n|\r|\n")


def write_event(data: str, *, event: str | None = None, id: str | None = None) -> str:  # noqa: A002 - the field's name
    """Write an event. `event` and `id` are one line each; `data` may have any number of lines."""
    fields = [f"id: {id}\n"] if id else []
    if event:
        fields.append(f"event: {event}\n")
    fields.extend(f"data: {line}\n" for line in _LINE_END.split(data))
    return "".join((*fields, "\n"))


def stream_response(events: Iterable[bytes], headers: Mapping[str, str] | None = None) -> Response:
    """Answer with a stream of events. `Cache-Control` is what every answer has that is not public: `no-store`."""
    response = Response(events, content_type=f"{EVENT_STREAM}; charset=utf-8")
    # nginx would gather the events before it sends them.
    response.headers["X-Accel-Buffering"] = "no"
    response.headers.update(headers or {})
    return response


def wants_events() -> bool:
    """Return whether the request names server-sent events among what it accepts."""
    return any(kind == EVENT_STREAM and quality > 0 for kind, quality in request.accept_mimetypes)
