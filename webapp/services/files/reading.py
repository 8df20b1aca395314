"""Reading of a file's bytes, a chunk at a time, for its owner."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import bindparam, select

from webapp.database.transaction import leave_transaction, read_connection
from webapp.errors import NotFound
from webapp.models import File, FileChunk, MessageFile, table_of
from webapp.services.files.spooling import CHUNK
from webapp.services.values import StoredFile

if TYPE_CHECKING:
    from collections.abc import Iterator

    from webapp.services.users import CurrentUser

_files = table_of(File)
_chunks = table_of(FileChunk)
_links = table_of(MessageFile)

_FIND = (
    select(*(_links.c.name if name == "name" else _files.c[name] for name in StoredFile._fields))
    .join_from(_files, _links, _links.c.file_id == _files.c.id)
    .where(_files.c.id == bindparam("file_id"), _files.c.owner_id == bindparam("owner"))
    .order_by(_links.c.message_id, _links.c.position)
    .limit(1)
)
_FIND_NAMED = _FIND.where(_links.c.name == bindparam("name"))
_CHUNK = (
    select(_chunks.c.data)
    .join_from(_chunks, _files, _files.c.id == _chunks.c.file_id)
    .where(
        _chunks.c.file_id == bindparam("file_id"),
        _chunks.c.position == bindparam("position"),
        _files.c.owner_id == bindparam("owner"),
    )
)


class Piece(NamedTuple):
    """The bytes from `start` (included) to `stop` (excluded) of the chunk at `position`."""

    position: int
    start: int
    stop: int


def find_file(user: CurrentUser, file_id: str, name: str | None = None) -> StoredFile:
    """Return a file of the user's messages, under one of its names: `name` if it is given.

    Raises NotFound, also for another user's file and for a name that no message gives it.
    """
    statement, values = _FIND, {"file_id": file_id, "owner": user.id}
    if name is not None:
        statement, values = _FIND_NAMED, values | {"name": name}
    # PostgreSQL refuses to compare a NUL.
    row = None if "\0" in (name or "") else read_connection().execute(statement, values).first()
    if row is None:
        raise NotFound("There is no such file. It may have been deleted with its message. Open the chat again.")
    return StoredFile._make(row)


def pieces_of(start: int, stop: int) -> Iterator[Piece]:
    """Yield where the bytes from `start` (included) to `stop` (excluded) of a file are."""
    while start < stop:
        position, begin = divmod(start, CHUNK)
        end = min(CHUNK, begin + stop - start)
        yield Piece(position, begin, end)
        start += end - begin


def read_piece(user: CurrentUser, file_id: str, piece: Piece) -> bytes:
    """Return the bytes, and leave the transaction: what comes next may wait for a slow reader.

    Raises NotFound if the file was deleted meanwhile.
    """
    values = {"file_id": file_id, "position": piece.position, "owner": user.id}
    data = read_connection().execute(_CHUNK, values).scalar()
    leave_transaction()
    if data is None or len(data) < piece.stop:
        raise NotFound("The file was deleted meanwhile.")
    return bytes(data[piece.start : piece.stop])
