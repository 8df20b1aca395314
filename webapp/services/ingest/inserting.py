"""The rows of imported conversations: those of a batch are inserted together, a statement for each table."""

from __future__ import annotations

from operator import itemgetter
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, insert, update

from webapp.database.types import Instant
from webapp.ids import new_id
from webapp.models import ChatSession, Conversation, Message, MessageFile, SessionMessage, table_of
from webapp.services.files.storing import store_files
from webapp.services.titles import fold
from webapp.services.transcripts.numbers import take_numbers

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from webapp.services.files.spooling import SpooledFile
    from webapp.services.ingest.values import Prepared, PreparedMessage
    from webapp.services.users import CurrentUser

_INSERT_CONVERSATION = insert(table_of(Conversation))
_INSERT_SESSION = insert(table_of(ChatSession))
_INSERT_MESSAGE = insert(table_of(Message))
_INSERT_LINK = insert(table_of(SessionMessage))
_INSERT_FILE = insert(table_of(MessageFile))
_conversations = table_of(Conversation)
_sessions = table_of(ChatSession)
_UPDATE_CONVERSATION = (
    update(_conversations)
    .where(_conversations.c.id == bindparam("row_id"))
    .values(
        imported_count=bindparam("new_count"),
        imported_digest=bindparam("new_digest"),
        imported_title=bindparam("new_title"),
    )
)
_UPDATE_SESSION = (
    update(_sessions)
    .where(_sessions.c.id == bindparam("row_id"))
    .values(
        message_count=bindparam("new_count"),
        revision=_sessions.c.revision + 1,
        last_activity_at=bindparam("ended", type_=Instant),
        updated_at=bindparam("now", type_=Instant),
    )
)


class Rows:
    """Collects the rows of a batch. `insert` stores them."""

    def __init__(self, owner_id: str, now: datetime) -> None:
        self._owner_id = owner_id
        self._now = now
        self._conversations: list[dict[str, Any]] = []
        self._sessions: list[dict[str, Any]] = []
        self._messages: list[dict[str, Any]] = []
        self._links: list[dict[str, Any]] = []
        self._files: list[tuple[str, PreparedMessage]] = []
        self._counts: list[dict[str, Any]] = []
        self._grown: list[dict[str, Any]] = []

    def add_session(self, conversation: Prepared, conversation_id: str | None, count: int) -> tuple[str, str]:
        """Add a session with the first `count` messages, and its conversation unless it is there. Return both ids."""
        made_id = conversation_id or new_id()
        if conversation_id is None:
            self._conversations.append({
                "id": made_id, "owner_id": self._owner_id, "origin": conversation.origin,
                "external_id": conversation.external_id, "created_at": conversation.created_at,
            })  # fmt: skip
        title = conversation.shown_title
        session_id = new_id()
        self._sessions.append({
            "id": session_id, "owner_id": self._owner_id, "conversation_id": made_id, "title": title,
            "title_folded": fold(title), "title_source": "user" if conversation.title else "auto",
            "pinned": conversation.pinned, "archived": conversation.archived, "message_count": count, "revision": 1,
            "created_at": conversation.created_at, "updated_at": self._now,
            "last_activity_at": conversation.last_activity_at,
        })  # fmt: skip
        return session_id, made_id

    def add_messages(
        self,
        session_id: str,
        conversation_id: str,
        first_idx: int,
        messages: Sequence[PreparedMessage],
        title: str | None,
    ) -> str:
        """Add messages from `first_idx` on, up to which the conversation is imported then. Return the last one's id."""
        message_id = ""
        for idx, message in enumerate(messages, first_idx):
            message_id = new_id()
            self._messages.append({
                "id": message_id, "conversation_id": conversation_id, "role": message.role,
                "create_time": message.create_time, "content": message.content, "model": message.model,
                "finish_reason": message.finish_reason, "reasoning": message.reasoning,
                "reasoning_seconds": message.reasoning_seconds,
            })  # fmt: skip
            self._links.append({
                "session_id": session_id, "idx": idx, "message_id": message_id, "digest": message.digest,
                "digest_version": 2 if message.files else 1,
            })  # fmt: skip
            if message.files:
                self._files.append((message_id, message))
        self._counts.append({
            "row_id": conversation_id, "new_count": first_idx + len(messages), "new_digest": messages[-1].digest,
            "new_title": title,
        })  # fmt: skip
        return message_id

    def grow_session(self, session_id: str, count: int, ended: datetime) -> None:
        """Say how many messages a session has after the batch, and when its latest one was."""
        self._grown.append({"row_id": session_id, "new_count": count, "ended": ended, "now": self._now})

    def insert(self, connection: Connection, user: CurrentUser, spooled: Mapping[bytes, SpooledFile]) -> None:
        """Insert all rows in the caller's transaction, which has locked the sessions. `spooled` is by SHA-256.

        Raises FilesFull.
        """
        numbers = take_numbers(connection, [row["create_time"] for row in self._messages], lock_all=True)
        numbered = [row | {"seq": seq} for row, seq in zip(self._messages, numbers, strict=True)]
        # The full-text index is written fastest in the order of the numbers.
        numbered.sort(key=itemgetter("seq"))
        for statement, rows in (
            (_INSERT_CONVERSATION, self._conversations),
            (_INSERT_SESSION, self._sessions),
            (_INSERT_MESSAGE, numbered),
            (_INSERT_LINK, self._links),
            (_UPDATE_CONVERSATION, self._counts),
            (_UPDATE_SESSION, self._grown),
            (_INSERT_FILE, self._file_rows(connection, user, spooled)),
        ):
            if rows:
                connection.execute(statement, rows)

    def _file_rows(
        self, connection: Connection, user: CurrentUser, spooled: Mapping[bytes, SpooledFile]
    ) -> list[dict[str, Any]]:
        hashes = {file.sha256 for _, message in self._files for file in message.files}
        if not hashes:
            return []
        stored = store_files(connection, user, [spooled[sha256] for sha256 in sorted(hashes)])
        ids = {file.sha256: file.id for file in stored}
        return [
            {"message_id": message_id, "position": position, "file_id": ids[file.sha256], "name": file.name}
            for message_id, message in self._files
            for position, file in enumerate(message.files)
        ]
