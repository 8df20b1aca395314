"""The check of the full-text index: every message once, with its present words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import Integer, column, func, select, table, text
from sqlalchemy.exc import DatabaseError

from webapp.database.transaction import writing
from webapp.models import Message, table_of
from webapp.services.verification.values import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Row

    from webapp.services.verification.values import SnapshotReader

_messages = table_of(Message)
_REBUILD = "Search is incomplete. INSERT INTO message_search (message_search) VALUES ('rebuild') rebuilds the index."
_REINDEX = "Search is incomplete. REINDEX INDEX message_search_index rebuilds the index."

#: FTS5 has one row here for each indexed text.
_docs = table("message_search_docsize", column("id", Integer))
_MISSING = (
    select(_messages.c.seq, _messages.c.id)
    .outerjoin_from(_messages, _docs, _docs.c.id == _messages.c.seq)
    .where(_docs.c.id.is_(None))
)
_STALE = (
    select(_docs.c.id).outerjoin_from(_docs, _messages, _messages.c.seq == _docs.c.id).where(_messages.c.seq.is_(None))
)
# Rank 1 compares the index with the texts, read through its content view. Otherwise only its structure is checked.
_COMPARE = text("INSERT INTO message_search (message_search, rank) VALUES ('integrity-check', 1)")

_RENEW = "Search is incomplete. UPDATE messages SET html = html computes the words of all messages again."
_WORDS_DIFFER = select(_messages.c.seq, _messages.c.id).where(
    text("message_search_vector IS DISTINCT FROM message_search_words(content)")
)

_SAMPLES = 40
_BOUNDS = select(func.min(_messages.c.seq), func.max(_messages.c.seq))
# The longest word of the first message from a number on: rare enough to search for.
_WORD = text(
    """
    SELECT seq, id, (SELECT word FROM unnest(tsvector_to_array(message_search_vector)) AS word
                     WHERE length(word) < 100 ORDER BY length(word) DESC, word LIMIT 1) AS word
    FROM messages WHERE seq >= :seq ORDER BY seq LIMIT 1
    """
)
# OFFSET 0 keeps the planner from merging the conditions, so that the index itself must find the message.
_FIND = text(
    """
    SELECT 1 FROM (
        SELECT id FROM messages
        WHERE message_search_vector @@ CAST(quote_literal(:word) AS tsquery) OFFSET 0
    ) AS hits WHERE id = :id
    """
)
_BY_INDEX = ("enable_seqscan", "enable_indexscan", "enable_indexonlyscan")


def check(reader: SnapshotReader) -> Iterator[Finding]:
    yield from _check_sqlite(reader) if reader.on_sqlite else _check_postgres(reader)


def _check_sqlite(reader: SnapshotReader) -> Iterator[Finding]:
    is_whole = True
    for message in reader.rows(_MISSING, _messages.c.seq):
        is_whole = False
        yield Finding("not-indexed", f"message {message.id}", _REBUILD)
    for entry in reader.rows(_STALE, _docs.c.id):
        is_whole = False
        yield Finding("stale-index", f"entry {entry.id}", _REBUILD)
    if reader.is_quick or not is_whole:
        return
    # SQLite treats the statement as a write, although it writes nothing. It runs outside the snapshot.
    reader.release()
    try:
        with writing() as connection:
            connection.execute(_COMPARE)
    except DatabaseError as error:
        if getattr(error.orig, "sqlite_errorname", "") != "SQLITE_CORRUPT_VTAB":
            raise
        yield Finding("wrong-index", "the full-text index", _REBUILD)


def _check_postgres(reader: SnapshotReader) -> Iterator[Finding]:
    """Compare the stored words of each message with its text, and search for a sample of messages.

    The database computes the words when it writes a row. They differ if its function has changed since: another version
    of the function, or of the database's Unicode data.
    """
    first, last = reader.connection().execute(_BOUNDS).one()
    if reader.is_quick or first is None:
        return
    for message in reader.rows(_WORDS_DIFFER, _messages.c.seq):
        yield Finding("not-indexed", f"message {message.id}", _RENEW)
    step = max(1, (last - first) // _SAMPLES)
    samples: dict[int, Row[Any]] = {}
    for seq in range(first, last + 1, step):
        row = reader.connection().execute(_WORD, {"seq": seq}).one()
        samples[row.seq] = row
    for name in _BY_INDEX:
        reader.connection().execute(text(f"SET LOCAL {name} = off"))
    for message in samples.values():
        if message.word and not reader.connection().scalar(_FIND, {"word": message.word, "id": message.id}):
            yield Finding("not-indexed", f"message {message.id}", _REINDEX)
