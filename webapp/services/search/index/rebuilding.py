"""The full-text index built again from the messages."""

from __future__ import annotations

from sqlalchemy import text

from webapp.database.transaction import writing

_ON_SQLITE = ("INSERT INTO message_search (message_search) VALUES ('rebuild')",)
_ON_POSTGRES = (
    "DELETE FROM message_search",
    "DROP INDEX IF EXISTS message_search_index",
    "INSERT INTO message_search SELECT seq, owner_id, is_lookup, is_question, words FROM message_search_source",
    "CREATE INDEX message_search_index ON message_search USING gin (words) WITH (fastupdate = off)",
)


def rebuild_index() -> None:
    """Build the full-text index again, in one transaction. Others may search, but nobody can write meanwhile."""
    with writing() as connection:
        for statement in _ON_SQLITE if connection.dialect.name == "sqlite" else _ON_POSTGRES:
            connection.execute(text(statement))
