"""Storage of files: once per owner, in the transaction that links them to messages."""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, func, insert, select, text

from webapp.config.settings import Settings
from webapp.errors import FilesFull
from webapp.ids import new_id, utc_now
from webapp.models import File, FileChunk, table_of
from webapp.services.files.spooling import CHUNK, readable_size, spool_file
from webapp.services.values import StoredFile
from webapp.state import current

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import BinaryIO

    from sqlalchemy import Connection

    from webapp.services.files.spooling import SpooledFile
    from webapp.services.users import CurrentUser

_files = table_of(File)

# The transactions that store files of one user take turns, so that the sum of the sizes is right.
_LOCK = text("SELECT pg_advisory_xact_lock(4097, hashtext(:owner))")
# A transaction that removes the last link of the file waits for this lock, and this one waits for that transaction.
_FIND = (
    select(_files.c.id)
    .where(_files.c.owner_id == bindparam("owner"), _files.c.sha256 == bindparam("hash"))
    .with_for_update(read=True, key_share=True)
)
_SUM = select(func.coalesce(func.sum(_files.c.size), 0)).where(_files.c.owner_id == bindparam("owner"))
_INSERT = insert(_files)
_INSERT_CHUNK = insert(table_of(FileChunk))


def store_files(connection: Connection, user: CurrentUser, files: Sequence[SpooledFile]) -> list[StoredFile]:
    """Store files in the caller's transaction and return them in the same order, under their names.

    A file that the user has already is not stored again. The caller links each to a message in the same transaction
    (`NewMessage.files`). Raises FilesFull.

    The lock order is: account, sessions, numbers of messages, messages, conversations, files by their hash. So the
    caller has held the account (`hold_account`), then locked the sessions that are there already, and calls this once.
    """
    if not files:
        return []
    if connection.dialect.name == "postgresql":
        connection.execute(_LOCK, {"owner": user.id}).close()
    ids: dict[bytes, str] = {}
    for file in sorted(files, key=attrgetter("sha256")):
        if file.sha256 not in ids:
            found = connection.scalar(_FIND, {"owner": user.id, "hash": file.sha256})
            ids[file.sha256] = found or _insert(connection, user, file)
    return [_stored(ids[file.sha256], file) for file in files]


def store_file(connection: Connection, user: CurrentUser, stream: BinaryIO, name: str) -> StoredFile:
    """Read a stream and store it as `store_files` does. The transaction is as long as the stream takes to read.

    Raises FileTooLarge, FilesFull, and what the stream raises.
    """
    with spool_file(stream, name) as file:
        return store_files(connection, user, [file])[0]


def _insert(connection: Connection, user: CurrentUser, file: SpooledFile) -> str:
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
    values = {name: getattr(file, name) for name in names}
    connection.execute(_INSERT, values | {"id": id_, "owner_id": user.id, "created_at": utc_now()})
    file.content.seek(0)
    position = 0
    while data := file.content.read(CHUNK):
        connection.execute(_INSERT_CHUNK, {"file_id": id_, "position": position, "data": data})
        position += 1
    return id_


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
