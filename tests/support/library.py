"""A shelf full of chats: many rows at once, written straight into the tables."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import insert

from webapp.database.transaction import writing
from webapp.ids import new_id
from webapp.models import HERE, ChatSession, Conversation, Message, SessionMessage, table_of
from webapp.services.titles import fold
from webapp.services.transcripts.digests import extend
from webapp.services.transcripts.numbers import take_numbers

if TYPE_CHECKING:
    from collections.abc import Callable

    from webapp.services.users import CurrentUser

START = datetime(2026, 1, 1, tzinfo=UTC)
WORDS = ("dentist", "tiles", "harbour", "almonds", "violin", "ledger", "comet", "basil", "glacier", "umbrella")


def fill(user: CurrentUser, sessions: int, messages: int = 0, *, vary: Callable[[int], dict] = lambda _: {}) -> list:
    """Write sessions of `messages` messages each; `vary` changes columns of the session by its number."""
    conversations, rows, said, links = [], [], [], []
    for number in range(sessions):
        moment = START + timedelta(minutes=number)
        conversation_id, session_id = new_id(), new_id()
        conversations.append({"id": conversation_id, "owner_id": user.id, "origin": HERE, "created_at": moment})
        row = {
            "id": session_id, "owner_id": user.id, "conversation_id": conversation_id, "title": f"Chat {number}",
            "title_source": "user", "pinned": number % 7 == 0, "archived": number % 10 == 1, "revision": 1,
            "message_count": messages, "created_at": moment, "updated_at": moment, "last_activity_at": moment,
        } | vary(number)  # fmt: skip
        rows.append(row | {"title_folded": fold(row["title"])})
        digest = None
        for idx in range(messages):
            word = WORDS[(number + idx // 2) % len(WORDS)]
            message_id = new_id()
            said.append({
                "id": message_id, "conversation_id": conversation_id, "role": ("user", "assistant")[idx % 2],
                "create_time": moment, "content": f"About the {word} number{number} at {idx}, as we said before.",
            })  # fmt: skip
            digest = extend(digest, said[-1]["role"], said[-1]["content"])
            links.append({"session_id": session_id, "idx": idx, "message_id": message_id, "digest": digest})
    with writing() as connection:
        numbers = take_numbers(connection, [message["create_time"] for message in said])
        said = [message | {"seq": number} for message, number in zip(said, numbers, strict=True)]
        for model, values in (
            (Conversation, conversations),
            (ChatSession, rows),
            (Message, said),
            (SessionMessage, links),
        ):
            if values:
                connection.execute(insert(table_of(model)), values)
    return [row["id"] for row in rows]
