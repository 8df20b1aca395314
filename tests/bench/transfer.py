"""The same rows on PostgreSQL: copied from the SQLite file, so that both databases hold the same data."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING, Any

import psycopg
from flask_migrate import upgrade

from tests.support.accounts import SEED
from webapp import create_app
from webapp.cli.database import init_migrations
from webapp.config.settings import Settings
from webapp.database.engine import db
from webapp.models import ChatSession, Conversation, Message, SessionMessage, table_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_TABLES = tuple(map(table_of, (Conversation, ChatSession, Message, SessionMessage)))


def fill_postgres(url: str, source: Path, folder: Path) -> None:
    """Migrate the PostgreSQL database at `url` and copy the rows of an SQLite file into it."""
    app = create_app(Settings(data_dir=folder, database_url=url.replace("postgresql:", "postgresql+psycopg:", 1)))
    init_migrations(app)
    with app.app_context():
        upgrade()
        db.engine.dispose()
    rows = sqlite3.connect(source)
    with psycopg.connect(url) as connection:
        for statement in SEED:
            connection.execute(statement)
        for table in _TABLES:
            names = [column.name for column in table.columns]
            with connection.cursor().copy(f"COPY {table.name} ({', '.join(names)}) FROM STDIN") as copy:  # type: ignore[arg-type]
                for row in _rows(rows, table, names):
                    copy.write_row(row)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")
    rows.close()


def _rows(source: sqlite3.Connection, table: Any, names: list[str]) -> Iterator[tuple[Any, ...]]:
    flags = {number for number, column in enumerate(table.columns) if column.type.python_type is bool}
    for row in source.execute(f"SELECT {', '.join(names)} FROM {table.name}"):
        yield tuple(bool(value) if number in flags else value for number, value in enumerate(row))
