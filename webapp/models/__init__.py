"""The tables, a noun a file."""

from webapp.models.base import table_of
from webapp.models.conversations import HERE, Conversation
from webapp.models.idempotency_keys import IdempotencyKey
from webapp.models.live_turns import LiveTurn
from webapp.models.messages import Message
from webapp.models.session_messages import SessionMessage
from webapp.models.sessions import ChatSession
from webapp.models.users import LOCAL_USER_ID, User

__all__ = [
    "HERE",
    "LOCAL_USER_ID",
    "ChatSession",
    "Conversation",
    "IdempotencyKey",
    "LiveTurn",
    "Message",
    "SessionMessage",
    "User",
    "table_of",
]
