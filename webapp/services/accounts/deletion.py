"""Deletion of an account with all its data."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete, select

from webapp.database.transaction import writing
from webapp.models import (
    ChatSession,
    Conversation,
    File,
    FileChunk,
    IdempotencyKey,
    IngestConversation,
    IngestRun,
    Instruction,
    InstructionText,
    Job,
    KeptInstruction,
    KeptMessage,
    LiveTurn,
    Message,
    MessageFile,
    Replacement,
    SessionMessage,
    SessionTag,
    Tag,
    User,
    table_of,
)
from webapp.services.account_locks import lock_account, require_another_admin
from webapp.services.accounts.accounts import require_admin

if TYPE_CHECKING:
    from webapp.services.users import CurrentUser

_sessions = table_of(ChatSession)
_conversations = table_of(Conversation)
_links = table_of(SessionMessage)
_messages = table_of(Message)
_live = table_of(LiveTurn)
_keys = table_of(IdempotencyKey)
_kept = table_of(KeptMessage)
_replacements = table_of(Replacement)
_instructions = table_of(Instruction)
_kept_instructions = table_of(KeptInstruction)
_texts = table_of(InstructionText)
_files = table_of(File)
_chunks = table_of(FileChunk)
_message_files = table_of(MessageFile)
_tags = table_of(Tag)
_session_tags = table_of(SessionTag)
_runs = table_of(IngestRun)
_run_lines = table_of(IngestConversation)
_jobs = table_of(Job)
_users = table_of(User)


def remove_account(user: CurrentUser, account_id: str) -> None:
    """Delete an account and all its data: chats, messages, tokens, audit log. This cannot be undone.

    Raises Forbidden unless the user is an administrator, NotFound, and Conflict for the last administrator.
    """
    require_admin(user)
    with writing() as connection:
        require_another_admin(connection, account_id)
        lock_account(connection, account_id, to_remove=True)
        # Waits for writers in the account's chats, so that what they write is deleted, too.
        owned_sessions = select(_sessions.c.id).where(_sessions.c.owner_id == account_id).order_by(_sessions.c.id)
        connection.execute(owned_sessions.with_for_update()).close()
        sessions = select(_sessions.c.id).where(_sessions.c.owner_id == account_id)
        conversations = select(_conversations.c.id).where(_conversations.c.owner_id == account_id)
        messages = select(_messages.c.id).where(_messages.c.conversation_id.in_(conversations))
        files = select(_files.c.id).where(_files.c.owner_id == account_id)
        runs = select(_runs.c.id).where(_runs.c.owner_id == account_id)
        replacements = select(_replacements.c.id).where(_replacements.c.session_id.in_(sessions))
        for statement in (
            delete(_keys).where(_keys.c.owner_id == account_id),
            delete(_live).where(_live.c.session_id.in_(sessions)),
            delete(_kept_instructions).where(_kept_instructions.c.replacement_id.in_(replacements)),
            delete(_instructions).where(_instructions.c.session_id.in_(sessions)),
            delete(_texts).where(_texts.c.owner_id == account_id),
            delete(_kept).where(_kept.c.replacement_id.in_(replacements)),
            delete(_replacements).where(_replacements.c.session_id.in_(sessions)),
            delete(_links).where(_links.c.session_id.in_(sessions)),
            delete(_session_tags).where(_session_tags.c.session_id.in_(sessions)),
            delete(_tags).where(_tags.c.owner_id == account_id),
            delete(_message_files).where(_message_files.c.message_id.in_(messages)),
            delete(_chunks).where(_chunks.c.file_id.in_(files)),
            delete(_files).where(_files.c.owner_id == account_id),
            delete(_jobs).where(_jobs.c.owner_id == account_id),
            delete(_run_lines).where(_run_lines.c.run_id.in_(runs)),
            delete(_runs).where(_runs.c.owner_id == account_id),
            delete(_messages).where(_messages.c.conversation_id.in_(conversations)),
            delete(_sessions).where(_sessions.c.owner_id == account_id),
            delete(_conversations).where(_conversations.c.owner_id == account_id),
            # Sign-ins, tokens, invitations and audit events are deleted with it (ON DELETE CASCADE).
            delete(_users).where(_users.c.id == account_id),
        ):
            connection.execute(statement)
