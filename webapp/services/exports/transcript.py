"""A chat as every export reads it: its facts, and its messages page by page with their files and instructions."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import bindparam, select

from webapp.errors import NotFound
from webapp.models import (
    ChatSession,
    Conversation,
    File,
    FileChunk,
    Message,
    MessageFile,
    SessionMessage,
    SessionTag,
    Tag,
    table_of,
)
from webapp.rendering import VERSION
from webapp.services.instructions.reading import read_instructions

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sqlalchemy import Connection

    from webapp.services.exports.facts import AnyRow
    from webapp.services.instruction_values import Instruction

sessions, conversations, links = table_of(ChatSession), table_of(Conversation), table_of(SessionMessage)
messages, files, placed = table_of(Message), table_of(File), table_of(MessageFile)
_chunks, _tags, _tagged = table_of(FileChunk), table_of(Tag), table_of(SessionTag)

#: Messages that are held at once.
_PAGE = 50

#: What is cached with a message and is no fact.
_CACHED = {"html", "html_version"}
SESSION = tuple(column for column in sessions.c if column.name not in {"owner_id", "title_folded"})
MESSAGE = (links.c.idx, links.c.digest, links.c.digest_version, *(c for c in messages.c if c.name not in _CACHED))
FILE = (placed.c.position, placed.c.name, *(c for c in files.c if c.name not in {"owner_id", "created_at"}))

SESSIONS = select(*SESSION, conversations.c.origin, conversations.c.external_id).join_from(
    sessions, conversations, conversations.c.id == sessions.c.conversation_id
)
_BY_ID = SESSIONS.where(sessions.c.id == bindparam("session_id"), sessions.c.owner_id == bindparam("owner"))
_TAGS = (
    select(_tags.c.name)
    .join_from(_tagged, _tags, _tags.c.id == _tagged.c.tag_id)
    .where(_tagged.c.session_id == bindparam("session_id"))
    .order_by(_tags.c.name_folded)
)
_MESSAGES = (
    select(*MESSAGE, messages.c.html, messages.c.html_version)
    .join_from(links, messages, messages.c.id == links.c.message_id)
    .where(links.c.session_id == bindparam("session_id"), links.c.idx >= bindparam("low"))
    .order_by(links.c.idx)
    .limit(_PAGE)
)
_FILES = (
    select(placed.c.message_id, *FILE)
    .join_from(placed, files, files.c.id == placed.c.file_id)
    .where(placed.c.message_id.in_(bindparam("ids", expanding=True)))
    .order_by(placed.c.message_id, placed.c.position)
)
_HAS_FILE = (
    select(placed.c.file_id)
    .join_from(links, placed, placed.c.message_id == links.c.message_id)
    .where(links.c.session_id == bindparam("session_id"))
    .limit(1)
)
_CHUNKS = select(_chunks.c.data).where(_chunks.c.file_id == bindparam("file_id")).order_by(_chunks.c.position)


class Exported(NamedTuple):
    """A message, its files in order, and the instructions before it."""

    message: AnyRow
    files: Sequence[AnyRow]
    instructions: Sequence[Instruction]

    @property
    def html(self) -> str | None:
        """The stored HTML of this version's renderer."""
        html: str | None = self.message.html
        return html if self.message.html_version == VERSION else None


def read_session(connection: Connection, owner_id: str, session_id: str) -> AnyRow:
    """Return the facts of a session, with the origin of its conversation. Raises NotFound."""
    row = connection.execute(_BY_ID, {"session_id": session_id, "owner": owner_id}).first()
    if row is None:
        raise NotFound("There is no such chat.")
    return row


def read_tags(connection: Connection, session_id: str) -> list[str]:
    return list(connection.scalars(_TAGS, {"session_id": session_id}))


def read_messages(connection: Connection, session: AnyRow) -> Iterator[Exported]:
    """Yield the messages in order."""
    low = 0
    while low < session.message_count:
        page = connection.execute(_MESSAGES, {"session_id": session.id, "low": low}).all()
        if not page:
            return
        found: dict[str, list[AnyRow]] = {}
        for file in connection.execute(_FILES, {"ids": [message.id for message in page]}):
            found.setdefault(file.message_id, []).append(file)
        high = page[-1].idx + 1
        facts = read_instructions(connection, session.id, low, high) if session.instructions_digest else []
        for message in page:
            before = [fact for fact in facts if fact.at_idx == message.idx]
            yield Exported(message, found.get(message.id, ()), before)
        low = high


def has_files(connection: Connection, session_id: str) -> bool:
    return connection.execute(_HAS_FILE, {"session_id": session_id}).first() is not None


def read_bytes(connection: Connection, file_id: str) -> Iterator[bytes]:
    """Yield the bytes of a file, a chunk at a time."""
    for chunk in connection.execution_options(yield_per=4).execute(_CHUNKS, {"file_id": file_id}):
        yield bytes(chunk.data)
