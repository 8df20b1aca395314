"""PostgreSQL keeps the words of each message in a column of their own, with the full-text index over it.

An index over an expression keeps no words: whatever looks at a row again cuts its whole text once more. A stored
column is looked at. The planner gets no statistics of it and so expects few hits for any words: it always takes the
index. Without `fastupdate` no search reads through a list of what came lately, and no turn waits while that is sorted
in. SQLite's full-text index is as it was.
"""

from __future__ import annotations

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

UP = (
    "DROP INDEX message_search_index",
    (
        "ALTER TABLE messages ADD COLUMN message_search_vector tsvector "
        "GENERATED ALWAYS AS (message_search_words(content)) STORED"
    ),
    "ALTER TABLE messages ALTER COLUMN message_search_vector SET STATISTICS 0",
    "CREATE INDEX message_search_index ON messages USING gin (message_search_vector) WITH (fastupdate = off)",
)
DOWN = (
    "DROP INDEX message_search_index",
    "ALTER TABLE messages DROP COLUMN message_search_vector",
    "CREATE INDEX message_search_index ON messages USING gin (message_search_words(content))",
)


def upgrade() -> None:
    if op.get_context().dialect.name == "postgresql":
        for statement in UP:
            op.execute(statement)


def downgrade() -> None:
    if op.get_context().dialect.name == "postgresql":
        for statement in DOWN:
            op.execute(statement)
