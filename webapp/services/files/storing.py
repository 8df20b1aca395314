"""Storage of files: once per owner, in the transaction that links them to messages."""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import bindparam, func, insert, select, text, update

from webapp.config.settings import Settings
from webapp.errors import FilesFull
from webapp.ids import new_id, utc_now
from webapp.models import File, FileChunk, table_of
from webapp.services.files.spooling import CHUNK, readable_size, spool_file
from webapp.services.values import StoredFile
from webapp.state import current

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime
    from typing import BinaryIO

    from sqlalchemy import Connection

    from webapp.services.files.spooling import SpooledFile
    from webapp.services.users import CurrentUser

_files, _chunks = table_of(File), table_of(FileChunk)

# The transactions that store files of one user take turns, so that the sum of the sizes is right.
_LOCK = text("SELECT pg_advisory_xact_lock(4097, hashtext(:owner))")
# A transaction that removes the last link of the file waits for this lock, and this one waits for that transaction.
_FIND = (
    select(_files.c.id, _files.c.staged_at)
    .where(_files.c.owner_id == bindparam("owner"), _files.c.sha256 == bindparam("hash"))
    .with_for_update(read=True, key_share=True)
)
_SUM = select(func.coalesce(func.sum(_files.c.size), 0)).where(_files.c.owner_id == bindparam("owner"))
_INSERT = insert(_files)
_INSERT_CHUNK = insert(_chunks)
_THERE = select(_chunks.c.position).where(
    _chunks.c.file_id == bindparam("file_id"), _chunks.c.position.in_(bindparam("positions", expanding=True))
)
_COMPLETE = update(_files).where(_files.c.id == bindparam("file_id")).values(staged_at=None)


class Found(NamedTuple):
    """A file of a user. `staged_at` says since when chunks may be missing."""

    id: str
    staged_at: datetime | None


def store_files(connection: Connection, user: CurrentUser, files: Sequence[SpooledFile]) -> list[StoredFile]:
    """Store files in the caller's transaction and return them in the same order, under their names.

    A file that the user has already is not stored again, and one that is staged (`staging`) is completed. The caller
    links each to a message in the same transaction (`NewMessage.files`). Raises FilesFull.

    The lock order is: account, sessions, numbers of messages, messages, conversations, files by their hash. So the
    caller has held the account (`hold_account`), then locked the sessions that are there already, and calls this once.
    """
    if not files:
        return []
    lock_files(connection, user)
    ids: dict[bytes, str] = {}
    for file in sorted(files, key=attrgetter("sha256")):
        if file.sha256 not in ids:
            ids[file.sha256] = _store(connection, user, file)
    return [_stored(ids[file.sha256], file) for file in files]


def store_file(connection: Connection, user: CurrentUser, stream: BinaryIO, name: str) -> StoredFile:
    """Read a stream and store it as `store_files` does. The transaction is as long as the stream takes to read.

    Raises FileTooLarge, FilesFull, and what the stream raises.
    """
    with spool_file(stream, name) as file:
        return store_files(connection, user, [file])[0]


def lock_files(connection: Connection, user: CurrentUser) -> None:
    """Let the transactions that store files of the user take turns."""
    if connection.dialect.name == "postgresql":
        connection.execute(_LOCK, {"owner": user.id}).close()


def find_hash(connection: Connection, user: CurrentUser, sha256: bytes) -> Found | None:
    """Return the user's file with these bytes, which stays until the transaction ends."""
    row = connection.execute(_FIND, {"owner": user.id, "hash": sha256}).first()
    return Found._make(row) if row else None


def begin_file(connection: Connection, user: CurrentUser, file: SpooledFile, *, staged_at: datetime | None) -> str:
    """Insert the row of a file, whose chunks are to follow, and return its id. Raises FilesFull."""
    limit = current(Settings).files_each_bytes
    used = int(connection.execute(_SUM, {"owner": user.id}).scalar_one())
    if used + file.size > limit:
        raise FilesFull(
            f"There is no space for the file “{file.name}”: your files use {readable_size(used)} of "
            f"{readable_size(limit)}. Delete chats with files for good, or ask the administrator for more.",
            facts={"used": used, "limit": limit},
        )
    id_ = new_id()
    names = ("sha256", "size", "media_type", "width", "height")
    values = {name: getattr(file, name) for name in names} | {"staged_at": staged_at}
    connection.execute(_INSERT, values | {"id": id_, "owner_id": user.id, "created_at": utc_now()})
    return id_


def insert_missing(connection: Connection, file_id: str, file: SpooledFile, positions: Iterable[int]) -> None:
    """Insert those of these chunks that are not there."""
    wanted = list(positions)
    there = set(connection.scalars(_THERE, {"file_id": file_id, "positions": wanted})) if wanted else set()
    for position in wanted:
        if position not in there:
            file.content.seek(position * CHUNK)
            data = file.content.read(CHUNK)
            connection.execute(_INSERT_CHUNK, {"file_id": file_id, "position": position, "data": data})


def _store(connection: Connection, user: CurrentUser, file: SpooledFile) -> str:
    found = find_hash(connection, user, file.sha256)
    if found is not None and found.staged_at is None:
        return found.id
    file_id = found.id if found else begin_file(connection, user, file, staged_at=None)
    insert_missing(connection, file_id, file, range(-(-file.size // CHUNK)))
    if found is not None:
        connection.execute(_COMPLETE, {"file_id": file_id})
    return file_id


def _stored(id_: str, file: SpooledFile) -> StoredFile:
    return StoredFile(
        id=id_,
        name=file.name,
        media_type=file.media_type,
        size=file.size,
        width=file.width,
        height=file.height,
        sha256=file.sha256,
    )
