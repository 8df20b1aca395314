"""Bare sqlite3: the same rows, the same full-text index and the same durability, and nothing around them.

It is what services are measured against, and what the floor serves over HTTP.
"""

from __future__ import annotations

import sqlite3
import threading
import uuid
from datetime import UTC, datetime
from typing import Any

SESSION = (
    "id, conversation_id, title, title_source, assistant, pinned, archived, message_count, revision, "
    "created_at, updated_at, last_activity_at"
)
MESSAGE = "idx, id, role, content, create_time, model, finish_reason, usage, citations"
SCHEMA = f"""
CREATE TABLE sessions (id TEXT PRIMARY KEY, {SESSION[4:]});
CREATE INDEX list ON sessions (archived, pinned, last_activity_at, id);
CREATE TABLE messages (seq INTEGER PRIMARY KEY, session_id, {MESSAGE}, html, UNIQUE (session_id, idx));
CREATE VIRTUAL TABLE search USING fts5(content, content = 'messages', content_rowid = 'seq',
    tokenize = 'unicode61 remove_diacritics 2', prefix = '2 3');
INSERT INTO sessions SELECT {SESSION} FROM app.sessions;
INSERT INTO messages SELECT seq, session_id, {MESSAGE}, html
    FROM app.session_messages JOIN app.messages ON messages.id = message_id ORDER BY seq;
INSERT INTO search (search) VALUES ('rebuild');
"""

_LIST = f"SELECT {SESSION} FROM sessions WHERE archived = 0 AND (pinned, last_activity_at, id) < (?, ?, ?) "
_LIST += "ORDER BY pinned DESC, last_activity_at DESC, id DESC LIMIT 51"
_SESSION = f"SELECT {SESSION} FROM sessions WHERE id = ?"
_MESSAGES = f"SELECT {MESSAGE} FROM messages WHERE session_id = ? ORDER BY idx"
_NEWEST = f"SELECT {MESSAGE}, html FROM messages WHERE session_id = ? AND idx >= ? ORDER BY idx"
_SEARCH = """SELECT session_id, title, archived, idx, m.id, role, create_time, snippet(search, 0, '[', ']', '…', 30), seq
    FROM search JOIN messages AS m ON m.seq = search.rowid JOIN sessions AS s ON s.id = session_id
    WHERE search MATCH ? ORDER BY search.rowid DESC LIMIT 21"""
HIT = ("session_id", "title", "archived", "idx", "message_id", "role", "create_time", "snippet")
_NAMED = "SELECT id, title FROM sessions WHERE title LIKE ? ORDER BY last_activity_at DESC LIMIT 5"
_TAKE = """UPDATE sessions SET message_count = message_count + 2, revision = revision + 1, updated_at = ?1,
    last_activity_at = ?1, title = CASE WHEN message_count THEN title ELSE ?2 END
    WHERE id = ?3 AND archived = 0 RETURNING message_count"""

#: As in the app: writers that queue are served in turn, those that poll for the lock are not.
_writers = threading.Lock()


def connect(path: str) -> sqlite3.Connection:
    """Open the database as the app opens its own."""
    connection = sqlite3.connect(path, timeout=30, isolation_level=None)
    for pragma in ("journal_mode = WAL", "synchronous = FULL", "cache_size = -16000"):
        connection.execute(f"PRAGMA {pragma}")
    return connection


def copy_database(source: str, target: str) -> None:
    """Make the floor's database of the app's."""
    connection = connect(target)
    connection.execute("ATTACH ? AS app", (source,))
    connection.executescript(f"BEGIN; {SCHEMA} COMMIT")
    connection.close()


def list_sessions(db: sqlite3.Connection, cursor: str | None) -> tuple[list[tuple[Any, ...]], str | None]:
    """Return a page of sessions and where the next begins."""
    pinned, moment, last_id = cursor.split("~") if cursor else ("2", "", "")
    rows = db.execute(_LIST, (int(pinned), moment, last_id)).fetchall()
    last = rows[49] if len(rows) > 50 else None
    return rows[:50], f"{last[5]}~{last[11]}~{last[0]}" if last else None


def read_session(db: sqlite3.Connection, session_id: str) -> tuple[Any, ...]:
    """Return a session."""
    row: tuple[Any, ...] = db.execute(_SESSION, (session_id,)).fetchone()
    return row


def read_messages(db: sqlite3.Connection, session_id: str) -> list[tuple[Any, ...]]:
    """Return a session's messages."""
    return db.execute(_MESSAGES, (session_id,)).fetchall()


def read_newest(db: sqlite3.Connection, session_id: str, count: int) -> list[tuple[Any, ...]]:
    """Return the last 50 of `count` messages, with their HTML."""
    return db.execute(_NEWEST, (session_id, count - 50)).fetchall()


def search(db: sqlite3.Connection, word: str) -> list[tuple[Any, ...]]:
    """Return the newest hits."""
    return db.execute(_SEARCH, (f'"{word}"*',)).fetchall()[:20]


def search_titles(db: sqlite3.Connection, word: str) -> list[tuple[Any, ...]]:
    """Return the newest sessions with the word in their title."""
    return db.execute(_NAMED, (f"%{word}%",)).fetchall()


def create_session(db: sqlite3.Connection) -> tuple[Any, ...]:
    """Insert an empty session."""
    now, new = _now(), (str(uuid.uuid4()), str(uuid.uuid4()))
    row = (*new, "New chat", "auto", None, 0, 0, 0, 1, now, now, now)
    with _writers:
        db.execute(f"INSERT INTO sessions VALUES ({', '.join('?' * len(row))})", row)
    return row


def append_turn(db: sqlite3.Connection, session_id: str, question: str, answer: str) -> list[tuple[Any, ...]]:
    """Append two messages and their index entries in one transaction."""
    now = _now()
    with _writers:
        db.execute("BEGIN IMMEDIATE")
        ((count,),) = db.execute(_TAKE, (now, question[:60], session_id)).fetchall()
        turn = []
        for idx, role, content in ((count - 2, "user", question), (count - 1, "assistant", answer)):
            row = (idx, str(uuid.uuid4()), role, content, now, None, None, None, None)
            values = (None, session_id, *row, None)
            seq = db.execute("INSERT INTO messages VALUES (?,?,?,?,?,?,?,?,?,?,?,?)", values).lastrowid
            db.execute("INSERT INTO search (rowid, content) VALUES (?, ?)", (seq, content))
            turn.append(row)
        db.execute("COMMIT")
    return turn


def _now() -> str:
    return datetime.now(UTC).isoformat()
