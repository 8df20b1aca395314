"""Streaming: server-sent events whose data is a chunk each, and the end that OpenAI's clients wait for."""

from __future__ import annotations

import logging
from itertools import chain
from typing import TYPE_CHECKING, Any

from flask import Response, stream_with_context
from pydantic_core import to_json

from webapp.access import while_let_in
from webapp.causes import name_of
from webapp.compatible.errors import error_json
from webapp.errors import AppError, Busy, ProviderFailed
from webapp.trouble import DatabaseTrouble

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

log = logging.getLogger(__name__)

#: A comment, for proxies that close what is silent.
PING = b": still here\n\n"
DONE = b"data: [DONE]\n\n"


def data(*chunks: dict[str, Any]) -> bytes:
    """Write chunks, an event each."""
    return b"".join(b"data: " + to_json(chunk) + b"\n\n" for chunk in chunks)


def event_stream(events: Iterator[bytes], headers: dict[str, str]) -> Response:
    """Answer with events as they come.

    What is refused or fails before the first of them is an answer of its own, with its status: only what fails in
    mid-stream has to be told by an event.
    """
    first = next(events)
    response = Response(
        stream_with_context(_told(while_let_in(chain((first,), events)))),
        content_type="text/event-stream; charset=utf-8",
    )
    response.headers["Cache-Control"] = "no-cache"
    # nginx would gather them.
    response.headers["X-Accel-Buffering"] = "no"
    response.headers.update(headers)
    return response


def _told(events: Iterable[bytes]) -> Iterator[bytes]:
    try:
        yield from events
    except AppError as error:
        yield data(error_json(error))
    except DatabaseTrouble as error:
        log.warning("A stream broke off: %s", name_of(error))
        yield data(error_json(Busy()))
    except Exception:
        log.exception("A stream broke off")
        yield data(error_json(ProviderFailed("Minutebook made a mistake; its log tells what it was.")))
