"""The files of messages, and what is left of them when a message goes."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, delete, exists, select

from webapp.errors import NotFound
from webapp.models import File, FileChunk, MessageFile, table_of
from webapp.services.values import StoredFile

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from sqlalchemy import Connection

_files = table_of(File)
_chunks = table_of(FileChunk)
_links = table_of(MessageFile)

_AT_ONCE = 500

_OF_MESSAGES = (
    select(
        _links.c.message_id,
        *(_links.c.name if name == "name" else _files.c[name] for name in StoredFile._fields),
    )
    .join_from(_links, _files, _files.c.id == _links.c.file_id)
    .where(_links.c.message_id.in_(bindparam("ids", expanding=True)))
    .order_by(_links.c.message_id, _links.c.position)
)
_UNLINK = delete(_links).where(_links.c.message_id.in_(bindparam("ids", expanding=True))).returning(_links.c.file_id)
_among = _files.c.id.in_(bindparam("ids", expanding=True))
_is_unused = ~exists().where(_links.c.file_id == _files.c.id)
# By the hash, as `store_files` does.
_HOLD = select(_files.c.id).where(_among).order_by(_files.c.sha256).with_for_update(read=True, key_share=True)
_LOCK = select(_files.c.id).where(_among).order_by(_files.c.sha256).with_for_update()
_UNUSED = select(_files.c.id).where(_among, _is_unused)
_DELETE_CHUNKS = delete(_chunks).where(_chunks.c.file_id.in_(bindparam("ids", expanding=True)))
_DELETE = delete(_files).where(_among)


def files_of(connection: Connection, message_ids: Sequence[str]) -> dict[str, tuple[StoredFile, ...]]:
    """Return the files of those messages that have any, in their order, by the messages' ids."""
    found: dict[str, tuple[StoredFile, ...]] = {}
    for ids in _batches(message_ids):
        rows = connection.execute(_OF_MESSAGES, {"ids": ids}).all()
        for id_, group in groupby(rows, key=lambda row: str(row.message_id)):
            found[id_] = tuple(StoredFile._make(row[1:]) for row in group)
    return found


def hold_files(connection: Connection, file_ids: Iterable[str]) -> None:
    """Keep files from being deleted until the transaction ends, which links them to messages. Raises NotFound."""
    for ids in _batches(set(file_ids)):
        if len(connection.execute(_HOLD, {"ids": ids}).all()) != len(ids):
            raise NotFound("A file of this chat was deleted in the meantime. Nothing was stored. Read the chat again.")


def unlink_files(connection: Connection, message_ids: Sequence[str]) -> list[str]:
    """Take their files from messages. Return the files' ids, for `delete_unused`."""
    return [id_ for ids in _batches(message_ids) for id_ in connection.scalars(_UNLINK, {"ids": ids})]


def delete_unused(connection: Connection, file_ids: Iterable[str]) -> None:
    """Delete those of the files that no message has any more.

    Two transactions may take away the last two links of a file at once, or one the last link while the other adds one.
    Neither sees what the other has not committed. So each locks the files in a statement of its own, and last of all
    its locks: the second one waits, and then sees what the first one did. `store_files` has the order of all locks.
    """
    for ids in _batches(set(file_ids)):
        if connection.dialect.name == "postgresql":
            connection.execute(_LOCK, {"ids": ids}).close()
        unused = list(connection.scalars(_UNUSED, {"ids": ids}))
        if unused:
            connection.execute(_DELETE_CHUNKS, {"ids": unused})
            connection.execute(_DELETE, {"ids": unused})


def _batches(ids: Iterable[str]) -> Iterator[list[str]]:
    ordered = sorted(ids)
    for start in range(0, len(ordered), _AT_ONCE):
        yield ordered[start : start + _AT_ONCE]
