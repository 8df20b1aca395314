"""The tables, one noun per file."""

from webapp.models.api_tokens import ApiToken
from webapp.models.audit_events import AuditEvent
from webapp.models.base import table_of
from webapp.models.book import Book
from webapp.models.connections import Connection, ConnectionModel, ModelCatalog
from webapp.models.conversations import HERE, Conversation
from webapp.models.files import File, FileChunk, MessageFile
from webapp.models.idempotency_keys import IdempotencyKey
from webapp.models.ingest_runs import IngestConversation, IngestRun
from webapp.models.instructions import Instruction, InstructionText, KeptInstruction
from webapp.models.invitations import Invitation
from webapp.models.jobs import Job
from webapp.models.left_answers import LeftAnswer
from webapp.models.live_turns import LiveTurn
from webapp.models.messages import Message
from webapp.models.oauth import OAuthClient, OAuthGrant, OAuthToken
from webapp.models.replacements import KeptMessage, Replacement
from webapp.models.session_messages import SessionMessage
from webapp.models.sessions import ChatSession
from webapp.models.sign_ins import SignIn
from webapp.models.tags import SessionTag, Tag
from webapp.models.users import LOCAL_USER_ID, User

__all__ = [
    "HERE",
    "LOCAL_USER_ID",
    "ApiToken",
    "AuditEvent",
    "Book",
    "ChatSession",
    "Connection",
    "ConnectionModel",
    "Conversation",
    "File",
    "FileChunk",
    "IdempotencyKey",
    "IngestConversation",
    "IngestRun",
    "Instruction",
    "InstructionText",
    "Invitation",
    "Job",
    "KeptInstruction",
    "KeptMessage",
    "LeftAnswer",
    "LiveTurn",
    "Message",
    "MessageFile",
    "ModelCatalog",
    "OAuthClient",
    "OAuthGrant",
    "OAuthToken",
    "Replacement",
    "SessionMessage",
    "SessionTag",
    "SignIn",
    "Tag",
    "User",
    "table_of",
]
