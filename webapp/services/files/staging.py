"""Large files on their way into the database, in transactions that are short.

A staged file has a row and some of its chunks. Nobody sees it, and no message has it, until `store_files` completes it
in the transaction that links it. If its process dies, whoever stores the same bytes goes on with it; else it is removed
after its silence.
"""

from __future__ import annotations

from contextlib import contextmanager, suppress
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, delete, select, update

from webapp.database.transaction import leave_transaction, read_connection, writing
from webapp.database.types import Instant
from webapp.errors import FilesFull
from webapp.ids import utc_now
from webapp.models import File, FileChunk, table_of
from webapp.services.account_locks import hold_account
from webapp.services.files.spooling import CHUNK
from webapp.services.files.storing import begin_file, find_hash, insert_missing, lock_files

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from sqlalchemy import Connection

    from webapp.services.files.spooling import SpooledFile
    from webapp.services.users import CurrentUser

_files, _chunks = table_of(File), table_of(FileChunk)

#: Chunks that one transaction writes. 2 MB take about 40 ms on a busy machine.
AT_ONCE = 8
#: A smaller file is stored with its message.
SMALL = AT_ONCE * CHUNK
#: A transaction waits 30 s for its locks. A file that nobody went on with for so long has no process any more.
SILENCE = timedelta(minutes=10)

_is_staged = _files.c.staged_at.is_not(None)
_TOUCH = (
    update(_files)
    .where(_files.c.id == bindparam("file_id"), _is_staged)
    .values(staged_at=bindparam("now", type_=Instant))
)
_SILENT = select(_files.c.id).where(_is_staged, _files.c.staged_at < bindparam("before", type_=Instant))
_HOLD = select(_files.c.id).where(_files.c.id == bindparam("file_id"), _is_staged).with_for_update()
_POSITIONS = select(_chunks.c.position).where(_chunks.c.file_id == bindparam("file_id")).limit(AT_ONCE)
_DELETE_CHUNKS = delete(_chunks).where(
    _chunks.c.file_id == bindparam("file_id"), _chunks.c.position.in_(bindparam("positions", expanding=True))
)
_DELETE = delete(_files).where(_files.c.id == bindparam("file_id"), _is_staged)


@contextmanager
def staged(user: CurrentUser, files: Iterable[SpooledFile]) -> Iterator[None]:
    """Stage the large files for the block, which stores them (`store_files`). At its end, the others are removed.

    The caller has no transaction open.
    """
    ids: list[str] = []
    try:
        for file in files:
            if file.size > SMALL:
                # What has no space is not staged. It is refused only if the block stores it.
                file_id = None
                with suppress(FilesFull):
                    file_id = _begin(user, file)
                if file_id is not None:
                    ids.append(file_id)
                    _write(file_id, file)
        yield
    finally:
        leave_transaction()
        for file_id in ids:
            _remove(file_id)


def remove_staged(connection: Connection, user: CurrentUser) -> None:
    """Remove all staged files of the user in the caller's transaction. They are stored with their messages then."""
    of_user = select(_files.c.id).where(_files.c.owner_id == user.id, _is_staged)
    ids = list(connection.scalars(of_user.order_by(_files.c.sha256).with_for_update()))
    if ids:
        connection.execute(delete(_chunks).where(_chunks.c.file_id.in_(ids)))
        connection.execute(delete(_files).where(_files.c.id.in_(ids)))


def remove_silent() -> int:
    """Remove the staged files whose process died. Return their number."""
    silent = list(read_connection().scalars(_SILENT, {"before": utc_now() - SILENCE}))
    leave_transaction()
    for file_id in silent:
        _remove(file_id)
    return len(silent)


def _begin(user: CurrentUser, file: SpooledFile) -> str | None:
    """Return the id of a staged file, which may have chunks already; None if the user has the whole file."""
    with writing() as connection:
        hold_account(connection, user)
        lock_files(connection, user)
        found = find_hash(connection, user, file.sha256)
        if found is None:
            return begin_file(connection, user, file, staged_at=utc_now())
        return found.id if found.staged_at else None


def _write(file_id: str, file: SpooledFile) -> None:
    """Write the chunks, until somebody else has completed or removed the file."""
    count = -(-file.size // CHUNK)
    for first in range(0, count, AT_ONCE):
        with writing() as connection:
            if connection.execute(_TOUCH, {"file_id": file_id, "now": utc_now()}).rowcount != 1:
                return
            insert_missing(connection, file_id, file, range(first, min(count, first + AT_ONCE)))


def _remove(file_id: str) -> None:
    """Remove a file that is staged still, a few chunks at a time: deleted bytes are overwritten."""
    while True:
        with writing() as connection:
            if connection.scalar(_HOLD, {"file_id": file_id}) is None:
                return
            positions = list(connection.scalars(_POSITIONS, {"file_id": file_id}))
            if not positions:
                connection.execute(_DELETE, {"file_id": file_id})
                return
            connection.execute(_DELETE_CHUNKS, {"file_id": file_id, "positions": positions})
