"""Turns with the archivist are marked: search leaves them out, and chats with it alone have a group of their own.

SQLite: such a message has the word of its owner with an `a` behind it, so a search that leaves these messages out does
not read them. Notes (`Remember: …`) are no questions; which messages were notes before this revision is not known, and
what was asked then counts as a question.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

FINAL = "seq, id, conversation_id, role, create_time, content, model, finish_reason, usage, citations"

# An answer of the archivist, or a question that it answered in the question's own chat.
LOOKUPS = """
    UPDATE messages SET is_lookup = true WHERE model = 'archivist' OR id IN (
        SELECT asked.message_id FROM session_messages AS asked
        JOIN messages AS question ON question.id = asked.message_id AND question.role = 'user'
        JOIN sessions ON sessions.id = asked.session_id AND sessions.conversation_id = question.conversation_id
        JOIN session_messages AS answered ON answered.session_id = asked.session_id AND answered.idx = asked.idx + 1
        JOIN messages AS answer ON answer.id = answered.message_id
        WHERE answer.model = 'archivist' AND answer.role = 'assistant'
    )
"""
CHATS = """
    UPDATE sessions SET in_days = false, revision = revision + 1 WHERE EXISTS (
        SELECT 1 FROM session_messages JOIN messages ON messages.id = session_messages.message_id
        WHERE session_messages.session_id = sessions.id AND messages.role = 'assistant'
    ) AND NOT EXISTS (
        SELECT 1 FROM session_messages JOIN messages ON messages.id = session_messages.message_id
        WHERE session_messages.session_id = sessions.id AND messages.role = 'assistant'
        AND (messages.model IS NULL OR messages.model <> 'archivist')
    )
"""

OWNER = "replace({c}.owner_id, '-', '') || CASE WHEN {m}.is_lookup THEN 'a' ELSE '' END"
OLD_OWNER = "replace({c}.owner_id, '-', '')"


def upgrade() -> None:
    op.add_column("messages", sa.Column("is_lookup", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("sessions", sa.Column("in_days", sa.Boolean(), nullable=False, server_default=sa.true()))
    op.execute(LOOKUPS)
    op.execute(CHATS)
    if op.get_context().dialect.name == "sqlite":
        _reindex(OLD_OWNER, OWNER)
        _index_owner(OWNER)
    _make_final(f"{FINAL}, is_lookup")
    op.drop_index("ix_sessions_list", table_name="sessions")
    op.create_index(
        "ix_sessions_list", "sessions", ["owner_id", "archived", "pinned", "in_days", "last_activity_at", "id"]
    )


def downgrade() -> None:
    op.drop_index("ix_sessions_list", table_name="sessions")
    op.create_index("ix_sessions_list", "sessions", ["owner_id", "archived", "pinned", "last_activity_at", "id"])
    if op.get_context().dialect.name == "sqlite":
        _reindex(OWNER, OLD_OWNER)
        _index_owner(OLD_OWNER)
    _make_final(FINAL)
    op.drop_column("sessions", "in_days")
    op.drop_column("messages", "is_lookup")


def _reindex(before: str, after: str) -> None:
    """Index the marked messages with another word of the owner. FTS5 flushes if row ids go backwards."""
    rows = "FROM messages AS m JOIN conversations AS c ON c.id = m.conversation_id WHERE m.is_lookup ORDER BY m.seq"
    old, new = before.format(c="c", m="m"), after.format(c="c", m="m")
    op.execute(
        "INSERT INTO message_search (message_search, rowid, owner, content) "
        f"SELECT 'delete', m.seq, {old}, m.content {rows}"
    )
    op.execute(f"INSERT INTO message_search (rowid, owner, content) SELECT m.seq, {new}, m.content {rows}")


def _index_owner(owner: str) -> None:
    """Make the view of the index and its triggers with an expression for the word of the owner."""
    for statement in (
        "DROP TRIGGER message_search_insert",
        "DROP TRIGGER message_search_delete",
        "DROP VIEW message_search_source",
        f"""
        CREATE VIEW message_search_source AS
        SELECT m.seq AS seq, {owner.format(c="c", m="m")} AS owner, m.content AS content
        FROM messages AS m JOIN conversations AS c ON c.id = m.conversation_id
        """,
        f"""
        CREATE TRIGGER message_search_insert AFTER INSERT ON messages BEGIN
            INSERT INTO message_search (rowid, owner, content)
            SELECT new.seq, {owner.format(c="conversations", m="new")}, new.content
            FROM conversations WHERE id = new.conversation_id;
        END
        """,
        f"""
        CREATE TRIGGER message_search_delete AFTER DELETE ON messages BEGIN
            INSERT INTO message_search (message_search, rowid, owner, content)
            SELECT 'delete', old.seq, {owner.format(c="conversations", m="old")}, old.content
            FROM conversations WHERE id = old.conversation_id;
        END
        """,
    ):
        op.execute(statement)


def _make_final(columns: str) -> None:
    """Refuse changes of these columns of a message."""
    if op.get_context().dialect.name == "sqlite":
        op.execute("DROP TRIGGER messages_are_final")
        op.execute(
            f"CREATE TRIGGER messages_are_final BEFORE UPDATE OF {columns} ON messages "
            "BEGIN SELECT RAISE(ABORT, 'a finalized message cannot be changed'); END"
        )
        return
    op.execute("DROP TRIGGER messages_are_final ON messages")
    op.execute(
        f"CREATE TRIGGER messages_are_final BEFORE UPDATE OF {columns} ON messages "
        "FOR EACH ROW EXECUTE FUNCTION refuse_change_of_message()"
    )
