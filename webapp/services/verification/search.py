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
_REBUILD = "Search is incomplete. `minutebook reindex` builds the full-text index again."

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

_WORDS_DIFFER = text(
    """
    SELECT messages.id, found.seq IS NULL AS is_missing
    FROM message_search_source AS source JOIN messages ON messages.seq = source.seq
    LEFT JOIN message_search AS found ON found.seq = source.seq
    WHERE (source.owner_id, source.is_lookup, source.is_question, source.words)
        IS DISTINCT FROM (found.owner_id, found.is_lookup, found.is_question, found.words)
    LIMIT 1000
    """
)

_SAMPLES = 40
_BOUNDS = select(func.min(_messages.c.seq), func.max(_messages.c.seq))
# The longest word of the first message from a number on: rare enough to search for.
_WORD = text(
    """
    SELECT m.seq, m.id, (SELECT word FROM unnest(tsvector_to_array(found.words)) AS word
                     WHERE length(word) < 100 ORDER BY length(word) DESC, word LIMIT 1) AS word
    FROM messages AS m LEFT JOIN message_search AS found ON found.seq = m.seq
    WHERE m.seq >= :seq ORDER BY m.seq LIMIT 1
    """
)
# OFFSET 0 keeps the planner from merging the conditions, so that the index itself must find the message.
_FIND = text(
    """
    SELECT 1 FROM (
        SELECT seq FROM message_search WHERE words @@ CAST(quote_literal(:word) AS tsquery) OFFSET 0
    ) AS hits WHERE seq = :seq
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
    of the function, or of the database's Unicode data. At most a thousand messages are named.
    """
    first, last = reader.connection().execute(_BOUNDS).one()
    if reader.is_quick or first is None:
        return
    for message in reader.connection().execute(_WORDS_DIFFER):
        yield Finding("not-indexed" if message.is_missing else "wrong-index", f"message {message.id}", _REBUILD)
    step = max(1, (last - first) // _SAMPLES)
    samples: dict[int, Row[Any]] = {}
    for seq in range(first, last + 1, step):
        row = reader.connection().execute(_WORD, {"seq": seq}).one()
        samples[row.seq] = row
    for name in _BY_INDEX:
        reader.connection().execute(text(f"SET LOCAL {name} = off"))
    for message in samples.values():
        if message.word and not reader.connection().scalar(_FIND, {"word": message.word, "seq": message.seq}):
            yield Finding("not-indexed", f"message {message.id}", _REBUILD)
