"""Chats with known texts and times, written by plain SQL into an empty database of the app."""

from __future__ import annotations

import sqlite3
from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from tests.bench.dataset import migrate
from webapp.config.settings import Settings
from webapp.database.search_text import search_text
from webapp.database.types import instant_text
from webapp.ids import new_id
from webapp.models import HERE, LOCAL_USER_ID
from webapp.services.titles import automatic_title, fold
from webapp.services.transcripts.digests import extend
from webapp.services.transcripts.numbers import number_from

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime
    from pathlib import Path

_CONVERSATION = "INSERT INTO conversations (id, owner_id, origin, created_at) VALUES (?, ?, ?, ?)"
_SESSION = (
    "INSERT INTO sessions (id, owner_id, conversation_id, title, title_folded, title_source, pinned, archived, "
    "message_count, revision, created_at, updated_at, last_activity_at) "
    "VALUES (?, ?, ?, ?, ?, 'auto', 0, 0, ?, 1, ?, ?, ?)"
)
_MESSAGE = "INSERT INTO messages (id, conversation_id, role, create_time, content, seq) VALUES (?, ?, ?, ?, ?, ?)"
_LINK = "INSERT INTO session_messages (session_id, idx, message_id, digest) VALUES (?, ?, ?, ?)"
_TRIGGERS = "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'message_search%'"


class Line(NamedTuple):
    """A message of a chat."""

    role: str
    content: str
    when: datetime


def write_chats(folder: Path, chats: Iterable[Sequence[Line]]) -> tuple[Settings, list[str]]:
    """Make a database with these chats. Return its settings, and the ids of the chats in order."""
    folder.mkdir()
    path = folder / "minutebook.db"
    settings = Settings(data_dir=folder, database_url=f"sqlite:///{path}")
    migrate(settings, path)
    connection = sqlite3.connect(path)
    connection.create_function("search_text", 1, search_text, deterministic=True)
    with connection:
        # The index is made at once at the end: four times as fast as by its trigger, a row at a time.
        triggers = connection.execute(_TRIGGERS).fetchall()
        for name, _ in triggers:
            connection.execute(f"DROP TRIGGER {name}")
        used: Counter[int] = Counter()
        ids = [_write(connection, chat, used) for chat in chats]
        connection.execute("INSERT INTO message_search (message_search) VALUES ('rebuild')")
        for _, statement in triggers:
            connection.execute(statement)
    connection.execute("ANALYZE")
    connection.close()
    return settings, ids


def _write(connection: sqlite3.Connection, chat: Sequence[Line], used: Counter[int]) -> str:
    session_id, conversation_id = new_id(), new_id()
    title = automatic_title(next((line.content for line in chat if line.role == "user"), chat[0].content))
    first, last = instant_text(chat[0].when), instant_text(chat[-1].when)
    connection.execute(_CONVERSATION, (conversation_id, LOCAL_USER_ID, HERE, first))
    names = (session_id, LOCAL_USER_ID, conversation_id, title, fold(title))
    connection.execute(_SESSION, (*names, len(chat), first, last, last))
    ids = [new_id() for _ in chat]
    connection.executemany(
        _MESSAGE,
        [
            (message_id, conversation_id, line.role, instant_text(line.when), line.content, _number(line.when, used))
            for message_id, line in zip(ids, chat, strict=True)
        ],
    )
    connection.executemany(_LINK, _links(session_id, ids, chat))
    return session_id


def _number(when: datetime, used: Counter[int]) -> int:
    """Return the next number of the message's minute. No minute here is full."""
    first = number_from(when)
    used[first] += 1
    return first + used[first] - 1


def _links(session_id: str, ids: Sequence[str], chat: Sequence[Line]) -> Iterator[tuple[str, int, str, bytes]]:
    digest = None
    for idx, (message_id, line) in enumerate(zip(ids, chat, strict=True)):
        digest = extend(digest, line.role, line.content)
        yield session_id, idx, message_id, digest
