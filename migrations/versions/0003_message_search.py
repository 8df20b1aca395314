"""Full-text search over messages, kept by the database in the transaction that keeps the message.

SQLite: an FTS5 index without a copy of the text. The owner stands in it as one word, so a search meets only
its owner's messages, however many other people's there are.
PostgreSQL: a GIN index over the message's words, taken as on SQLite: without accents, cut at punctuation.
"""

from __future__ import annotations

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

SQLITE = (
    """
    CREATE VIEW message_search_source AS
    SELECT m.seq AS seq, replace(c.owner_id, '-', '') AS owner, m.content AS content
    FROM messages AS m JOIN conversations AS c ON c.id = m.conversation_id
    """,
    """
    CREATE VIRTUAL TABLE message_search USING fts5(
        owner, content, content = 'message_search_source', content_rowid = 'seq',
        tokenize = 'unicode61 remove_diacritics 2', prefix = '2 3'
    )
    """,
    """
    CREATE TRIGGER message_search_insert AFTER INSERT ON messages BEGIN
        INSERT INTO message_search (rowid, owner, content)
        SELECT new.seq, replace(owner_id, '-', ''), new.content
        FROM conversations WHERE id = new.conversation_id;
    END
    """,
    """
    CREATE TRIGGER message_search_delete AFTER DELETE ON messages BEGIN
        INSERT INTO message_search (message_search, rowid, owner, content)
        SELECT 'delete', old.seq, replace(owner_id, '-', ''), old.content
        FROM conversations WHERE id = old.conversation_id;
    END
    """,
    "INSERT INTO message_search (message_search) VALUES ('rebuild')",
)

POSTGRES = (
    r"""
    CREATE FUNCTION message_search_words(content text) RETURNS tsvector
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
        SELECT to_tsvector('pg_catalog.simple', translate(
            normalize(regexp_replace(normalize(content, NFD), U&'([A-Za-z])[\0300-\036F]+', '\1', 'g'), NFC),
            U&'\00AD\200B\200C\200D\2060\FEFF' || '!"#$%&''()*+,-./:;<=>?@[\]^_`{|}~', repeat(' ', 38)
        ))
    $$
    """,
    "CREATE INDEX message_search_index ON messages USING gin (message_search_words(content))",
)


def upgrade() -> None:
    for statement in SQLITE if op.get_context().dialect.name == "sqlite" else POSTGRES:
        op.execute(statement.replace(":", r"\:"))


def downgrade() -> None:
    if op.get_context().dialect.name == "sqlite":
        op.execute("DROP TRIGGER message_search_delete")
        op.execute("DROP TRIGGER message_search_insert")
        op.execute("DROP TABLE message_search")
        op.execute("DROP VIEW message_search_source")
        return
    op.execute("DROP INDEX message_search_index")
    op.execute("DROP FUNCTION message_search_words(text)")
