"""Checks for messages and conversations without a parent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import exists, func, or_, select

from webapp.models import ChatSession, Conversation, KeptMessage, Message, SessionMessage, User, table_of
from webapp.services.transcripts.numbers import number_from
from webapp.services.verification.values import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from webapp.services.verification.values import SnapshotReader

_sessions = table_of(ChatSession)
_conversations = table_of(Conversation)
_messages = table_of(Message)
_links = table_of(SessionMessage)
_kept = table_of(KeptMessage)
_users = table_of(User)

_is_linked = or_(
    exists().where(_links.c.message_id == _messages.c.id), exists().where(_kept.c.message_id == _messages.c.id)
)
_LOOSE = (
    select(_messages.c.seq, _messages.c.id, _conversations.c.id.label("found_conversation"), _is_linked.label("linked"))
    .outerjoin_from(_messages, _conversations, _conversations.c.id == _messages.c.conversation_id)
    .where(or_(_conversations.c.id.is_(None), ~_is_linked))
)
_has_thought = or_(_messages.c.reasoning.is_not(None), _messages.c.reasoning_seconds.is_not(None))
_MISTHOUGHT = select(_messages.c.seq, _messages.c.id).where(
    _has_thought,
    or_(
        _messages.c.role != "assistant",
        _messages.c.reasoning.is_(None),
        _messages.c.reasoning == "",
        _messages.c.reasoning_seconds < 0,
    ),
)
_MISMADE = select(_messages.c.seq, _messages.c.id).where(
    _messages.c.made_with.is_not(None), _messages.c.role != "assistant"
)
_NUMBERS = select(_messages.c.seq, _messages.c.id, _messages.c.create_time)
_IDLE = select(_conversations.c.id).where(
    ~exists().where(_messages.c.conversation_id == _conversations.c.id),
    ~exists().where(_sessions.c.conversation_id == _conversations.c.id),
)
_UNOWNED = (
    select(_conversations.c.id)
    .outerjoin_from(_conversations, _users, _users.c.id == _conversations.c.owner_id)
    .where(_users.c.id.is_(None))
)


def check(reader: SnapshotReader) -> Iterator[Finding]:
    """Find messages without a chat, misplaced reasoning, and conversations without messages or an owner."""
    reader.counts.messages = reader.connection().scalar(select(func.count()).select_from(_messages)) or 0
    for message in reader.rows(_LOOSE, _messages.c.seq):
        if not message.linked:
            yield Finding("orphan", f"message {message.id}", "No chat holds it: it should have gone with the last one.")
        if message.found_conversation is None:
            yield Finding("no-conversation", f"message {message.id}", "Its conversation is missing. No page shows it.")
    for message in reader.rows(_MISTHOUGHT, _messages.c.seq):
        yield Finding("reasoning", f"message {message.id}", "Only an answer has reasoning, with the seconds it took.")
    for message in reader.rows(_MISMADE, _messages.c.seq):
        yield Finding("parameters", f"message {message.id}", "Only an answer is made with parameters.")
    for message in reader.rows(_NUMBERS, _messages.c.seq):
        if message.seq < number_from(message.create_time):
            yield Finding(
                "number", f"message {message.id}", "Its number is that of an earlier time: search misplaces it."
            )
    for conversation in reader.rows(_IDLE, _conversations.c.id):
        yield Finding("empty", f"conversation {conversation.id}", "It holds nothing and belongs to no chat.")
    for conversation in reader.rows(_UNOWNED, _conversations.c.id):
        yield Finding("no-owner", f"conversation {conversation.id}", "Its owner is not there.")
