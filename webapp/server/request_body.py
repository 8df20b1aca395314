"""Reading of a request's whole body on the event loop: before the app sees the request, or after it was refused."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING

from werkzeug.exceptions import RequestEntityTooLarge, RequestTimeout

if TYPE_CHECKING:
    from uvicorn._types import ASGIReceiveCallable

    from webapp.server.limits import Limits
    from webapp.server.spool import Spool


#: The rest of a refused body may take this long, and be silent for this long.
_REST_SECONDS = 30.0
_REST_SILENCE_SECONDS = 5.0


class BodyCut(Exception):
    """The client disconnected before the body was complete. The request is dropped."""


async def read_body(
    receive: ASGIReceiveCallable, limits: Limits, spool: Spool, *, stated_length: int | None, max_length: int
) -> None:
    """Read the body into the spool.

    `stated_length` is in bytes, None if the client stated none (chunked). `max_length` is how many bytes the request's
    route accepts. Raises BodyCut, RequestEntityTooLarge, RequestTimeout, and Busy if there is no room.
    """
    if stated_length is not None and stated_length > max_length:
        raise RequestEntityTooLarge
    try:
        async with asyncio.timeout(limits.body_deadline(max_length if stated_length is None else stated_length)):
            await _read(receive, spool, max_length, limits.body_silence_seconds)
    except TimeoutError:
        raise RequestTimeout from None


async def _read(receive: ASGIReceiveCallable, spool: Spool, max_length: int, silence: float) -> None:
    more = True
    while more:
        async with asyncio.timeout(silence):
            message = await receive()
        if message["type"] != "http.request":
            raise BodyCut
        piece, more = message["body"], message["more_body"]
        if spool.size + len(piece) > max_length:
            raise RequestEntityTooLarge
        spool.write(piece)


async def discard_rest(receive: ASGIReceiveCallable) -> None:
    """Read the rest of a refused body, as long as the client sends it without long pauses.

    Many clients read no response before they have sent everything. A connection that is closed with bytes unread is
    reset, which destroys a response that the client has not read yet.
    """
    with suppress(TimeoutError):
        async with asyncio.timeout(_REST_SECONDS):
            more = True
            while more:
                async with asyncio.timeout(_REST_SILENCE_SECONDS):
                    message = await receive()
                more = message["type"] == "http.request" and message["more_body"]
