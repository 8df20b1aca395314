"""The pieces of a file, read from the database one at a time, at the client's pace."""

from __future__ import annotations

from typing import TYPE_CHECKING

from webapp.errors import NotFound
from webapp.http.handoff import CutShort
from webapp.http.permission import Permission, while_authorized

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence

    from flask import Flask

    from webapp.services.files.reading import Piece
    from webapp.services.live import Feeds


class FileStream:
    """Pieces that the event loop sends. Each is read in a thread once the client has taken the one before.

    So a slow client holds one piece in memory, and neither a thread nor a transaction.
    """

    def __init__(self, app: Flask, feeds: Feeds, pieces: Sequence[Piece], read: Callable[[Piece], bytes]) -> None:
        self._app = app
        self._feeds = feeds
        self._pieces = pieces
        self._read = read
        self._permission = Permission(feeds)

    async def run(self, send: Callable[[bytes], Awaitable[None]]) -> None:
        """Send all pieces. Raises CutShort if the rest is not there any more or may not be read any more."""
        for piece in self._pieces:
            if not await self._permission.is_given():
                raise CutShort
            await send(await self._feeds.run(lambda piece=piece: self._read_in_app(piece)))  # type: ignore[misc]

    def _read_in_app(self, piece: Piece) -> bytes:
        try:
            with self._app.app_context():
                return self._read(piece)
        except NotFound as error:
            raise CutShort from error


def blocking_pieces(pieces: Iterable[Piece], read: Callable[[Piece], bytes]) -> Iterator[bytes]:
    """Yield the same pieces in a thread that waits for the client."""
    yield from while_authorized(map(read, pieces))
