"""Deletion of messages that no session links to and no undo needs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, bindparam, delete, exists, select

from webapp.models import ChatSession, Conversation, KeptMessage, Message, MessageFile, SessionMessage, table_of
from webapp.services.files.links import delete_unused

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from sqlalchemy import Column, ColumnElement, Connection, Select

_sessions = table_of(ChatSession)
_links = table_of(SessionMessage)
_kept = table_of(KeptMessage)
_messages = table_of(Message)
_files = table_of(MessageFile)
_conversations = table_of(Conversation)

_AT_ONCE = 500

_LOCK_MESSAGES = (
    select(_messages.c.id)
    .where(_messages.c.id.in_(bindparam("ids", expanding=True)))
    .order_by(_messages.c.id)
    .with_for_update(key_share=True)
)
_LOCK_CONVERSATIONS = (
    select(_conversations.c.id)
    .where(_conversations.c.id.in_(bindparam("ids", expanding=True)))
    .order_by(_conversations.c.id)
    .with_for_update(key_share=True)
)


def _is_orphan(message_id: Column[Any]) -> ColumnElement[bool]:
    return and_(
        message_id.in_(bindparam("ids", expanding=True)),
        ~exists().where(_links.c.message_id == message_id),
        ~exists().where(_kept.c.message_id == message_id),
    )


_UNLINK_FILES = delete(_files).where(_is_orphan(_files.c.message_id)).returning(_files.c.file_id)
_DELETE_MESSAGES = delete(_messages).where(_is_orphan(_messages.c.id)).returning(_messages.c.conversation_id)
_DELETE_CONVERSATIONS = delete(_conversations).where(
    _conversations.c.id.in_(bindparam("ids", expanding=True)),
    ~exists().where(_messages.c.conversation_id == _conversations.c.id),
    ~exists().where(_sessions.c.conversation_id == _conversations.c.id),
)


def delete_orphans(connection: Connection, message_ids: Sequence[str], conversation_ids: Sequence[str] = ()) -> None:
    """Delete those of the messages that have no link left, their files, and their conversations if these are empty.

    `conversation_ids` are checked as well. The caller has unlinked the messages in the same transaction.

    Two transactions may unlink the same message at once, and neither sees the other's uncommitted change. So each first
    locks the messages in a statement of its own: the second one waits and then sees that no link is left. The same
    holds for conversations and files. The lock order is: sessions, messages by id, conversations by id, files by hash.
    """
    left = set(conversation_ids)
    files: list[str] = []
    for ids in _batches(message_ids):
        _lock(connection, _LOCK_MESSAGES, ids)
    for ids in _batches(message_ids):
        files += connection.scalars(_UNLINK_FILES, {"ids": ids})
        left |= set(connection.scalars(_DELETE_MESSAGES, {"ids": ids}))
    for ids in _batches(left):
        _lock(connection, _LOCK_CONVERSATIONS, ids)
        connection.execute(_DELETE_CONVERSATIONS, {"ids": ids})
    delete_unused(connection, files)


def _batches(ids: Iterable[str]) -> Iterator[list[str]]:
    ordered = sorted(ids)
    for start in range(0, len(ordered), _AT_ONCE):
        yield ordered[start : start + _AT_ONCE]


def _lock(connection: Connection, statement: Select[tuple[str]], ids: Sequence[str]) -> None:
    """Lock rows on PostgreSQL. SQLite has a single writer."""
    if connection.dialect.name == "postgresql":
        connection.execute(statement, {"ids": ids}).close()
