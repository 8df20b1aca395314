"""Files that are made while they are sent, at the pace of the client and without a thread that waits for it."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Protocol
from urllib.parse import quote

from flask import Response, request

from webapp.http.handoff import handoff
from webapp.http.permission import Permission, while_authorized
from webapp.services.live import Feeds
from webapp.state import find

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator


class Pieces(Protocol):
    """Bytes that are made one piece at a time. `close` ends it early."""

    def __iter__(self) -> Iterator[bytes]: ...

    def __next__(self) -> bytes: ...

    def close(self) -> None: ...


class Download:
    """Sends a file from the event loop. A thread makes each piece when the client has room for it."""

    def __init__(self, first: bytes, pieces: Pieces, permission: Permission | None) -> None:
        self._first = first
        self._pieces = pieces
        self._permission = permission

    async def run(self, send: Callable[[bytes], Awaitable[None]]) -> None:
        """Send every piece. A reader who signs out, or whose token is revoked, gets no more."""
        loop, thread = asyncio.get_running_loop(), ThreadPoolExecutor(1, "download")
        try:
            piece: bytes | None = self._first
            while piece is not None:
                if piece:
                    await send(piece)
                if self._permission is not None and not await self._permission.is_given():
                    raise TimeoutError("The reader may not have the rest.")
                piece = await loop.run_in_executor(thread, next, self._pieces, None)
        finally:
            # After a piece that is being made now.
            thread.submit(self._pieces.close)
            thread.shutdown(wait=False)


def download(name: str, media_type: str, pieces: Pieces) -> Response:
    """Answer with a file to save. An error before its first piece is raised here."""
    first = next(pieces, b"")
    handed, feeds = handoff(), find(Feeds)
    if request.method == "HEAD":
        pieces.close()
        response = Response(iter(()))
    elif handed is None:
        response = Response(while_authorized(_all(first, pieces)))
        response.call_on_close(pieces.close)
    else:
        handed.stream = Download(first, pieces, Permission(feeds) if feeds else None)
        response = Response(iter(()))
    response.content_type = f"{media_type}; charset=utf-8" if media_type != "application/zip" else media_type
    response.headers["Content-Disposition"] = _disposition(name)
    response.headers["X-Accel-Buffering"] = "no"
    return response


def _all(first: bytes, pieces: Pieces) -> Iterator[bytes]:
    yield first
    yield from pieces


def _disposition(name: str) -> str:
    """Return the header that names a file to save (RFC 6266), with a plain name for old clients."""
    plain = "".join(c if c.isascii() and c.isprintable() and c not in '"\\%' else "_" for c in name)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
