"""How many rows the tables have that conversations are stored in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import text

from webapp.database.transaction import read_connection

if TYPE_CHECKING:
    from flask import Flask

TABLES = (
    "sessions",
    "conversations",
    "messages",
    "session_messages",
    "live_turns",
    "idempotency_keys",
    "kept_messages",
    "instructions",
    "instruction_texts",
)


def count_rows(app: Flask) -> dict[str, int]:
    """Return the number of rows of each table, as a request of its own would see them."""
    with app.app_context():
        return {name: read_connection().execute(text(f"SELECT count(*) FROM {name}")).scalar_one() for name in TABLES}
