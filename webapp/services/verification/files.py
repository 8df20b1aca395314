"""Checks of files: every chunk there and unchanged, every file in a message, and of the same owner."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, exists, func, or_, select

from webapp.models import (
    Conversation,
    File,
    FileChunk,
    KeptMessage,
    Message,
    MessageFile,
    SessionMessage,
    User,
    table_of,
)
from webapp.services.files.spooling import CHUNK
from webapp.services.transcripts.digests import WITHOUT_FILES
from webapp.services.verification.values import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Row

    from webapp.services.verification.values import SnapshotReader

_files = table_of(File)
_chunks = table_of(FileChunk)
_links = table_of(MessageFile)
_messages = table_of(Message)
_conversations = table_of(Conversation)
_places = table_of(SessionMessage)
_kept = table_of(KeptMessage)
_users = table_of(User)

_FILES = (
    select(
        _files.c.id,
        _files.c.size,
        _files.c.sha256,
        _users.c.id.label("found_owner"),
        exists().where(_links.c.file_id == _files.c.id).label("is_used"),
    )
    .outerjoin_from(_files, _users, _users.c.id == _files.c.owner_id)
    .where(_files.c.staged_at.is_(None))
)
_LENGTHS = (
    select(_chunks.c.position, func.length(_chunks.c.data))
    .where(_chunks.c.file_id == bindparam("file_id"))
    .order_by(_chunks.c.position)
)
_CHUNK = select(_chunks.c.data).where(
    _chunks.c.file_id == bindparam("file_id"), _chunks.c.position == bindparam("position")
)
_LOOSE_CHUNKS = select(_chunks.c.file_id, _chunks.c.position).where(~exists().where(_files.c.id == _chunks.c.file_id))
_is_without_files = or_(
    *(
        exists().where(table.c.message_id == _links.c.message_id, table.c.digest_version == WITHOUT_FILES)
        for table in (_places, _kept)
    )
)
_LINKS = (
    select(
        _links.c.message_id,
        _links.c.position,
        _files.c.id.label("found_file"),
        _files.c.owner_id.label("file_owner"),
        _messages.c.id.label("found_message"),
        _messages.c.struck_at,
        _conversations.c.owner_id.label("message_owner"),
        _is_without_files.label("is_unseen"),
    )
    .outerjoin_from(_links, _files, _files.c.id == _links.c.file_id)
    .outerjoin(_messages, _messages.c.id == _links.c.message_id)
    .outerjoin(_conversations, _conversations.c.id == _messages.c.conversation_id)
)


def check(reader: SnapshotReader) -> Iterator[Finding]:
    """Find damaged files, files that nothing leads to, and messages whose files are not there."""
    for file in reader.rows(_FILES, _files.c.id):
        reader.counts.files += 1
        where = f"file {file.id}"
        if file.found_owner is None:
            yield Finding("no-owner", where, "Its owner is missing, so no account sees it.")
        if not file.is_used:
            yield Finding("unused-file", where, "No message has it: it should have gone with the last one.")
        if not _is_whole(reader, file):
            yield Finding("file", where, "Its bytes are not those that were stored: chunks are missing or changed.")
    for chunk in reader.rows(_LOOSE_CHUNKS, _chunks.c.file_id, _chunks.c.position):
        yield Finding("no-file", f"chunk {chunk.position} of file {chunk.file_id}", "Its file is not there.")
    for link in reader.rows(_LINKS, _links.c.message_id, _links.c.position):
        yield from _check_link(link)


def _is_whole(reader: SnapshotReader, file: Row[Any]) -> bool:
    lengths = reader.connection().execute(_LENGTHS, {"file_id": file.id}).all()
    expected = [(position, min(CHUNK, file.size - start)) for position, start in enumerate(range(0, file.size, CHUNK))]
    if [tuple(row) for row in lengths] != expected:
        return False
    digest = sha256()
    for position in range(0 if reader.is_quick else len(lengths)):
        # One chunk is in memory at a time.
        data = reader.connection().execute(_CHUNK, {"file_id": file.id, "position": position}).scalar_one()
        if not isinstance(data, bytes):
            # SQLite keeps whatever it is given.
            return False
        digest.update(data)
    return reader.is_quick or digest.digest() == bytes(file.sha256)


def _check_link(link: Row[Any]) -> Iterator[Finding]:
    where = f"file {link.position} of message {link.message_id}"
    if link.found_file is None:
        yield Finding("no-file", where, "The file is not there.")
    if link.found_message is None:
        yield Finding("lost", where, "The message is not there.")
    if None not in (link.file_owner, link.message_owner) and link.file_owner != link.message_owner:
        yield Finding("wrong-owner", where, "The file belongs to somebody else.")
    if link.is_unseen:
        yield Finding("file-version", where, "The digest of the transcript does not cover it, and no page shows it.")
    if link.struck_at is not None:
        yield Finding("struck", where, "The message was removed, and it has a file.")
