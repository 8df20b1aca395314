"""The Flask extensions, and how a connection to each database is set up."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import Engine, MetaData, event
from sqlalchemy.orm import DeclarativeBase

if TYPE_CHECKING:
    import sqlite3

    from flask import Flask
    from sqlalchemy import Connection

    from webapp.config import Settings

#: Execution option that makes a transaction take SQLite's write lock at its start.
WRITES = "minutebook_writes"
#: Execution option: seconds that such a transaction waits for SQLite's write lock, None for the usual time.
LOCK_TIMEOUT = "minutebook_lock_timeout"
_WRITE_LOCK = "minutebook_write_lock"


class Base(DeclarativeBase):
    """Declarative base with constraint names that are the same on both databases."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


db = SQLAlchemy(model_class=Base, disable_autonaming=True)


def init_database(app: Flask, settings: Settings) -> None:
    """Bind `db` to the app and set up its engine's connections."""
    app.config["SQLALCHEMY_DATABASE_URI"] = settings.database_url
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = _engine_options(settings)
    if settings.on_sqlite:
        _make_private_file(settings)
    db.init_app(app)
    with app.app_context():
        _listen(db.engine, settings)


def _make_private_file(settings: Settings) -> None:
    """Make the folder and the file before SQLite does: readable by their owner alone, and so are its side files."""
    path = Path(settings.database_url.removeprefix("sqlite:///"))
    settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    if path.parent.is_dir():
        path.touch(mode=0o600)


def write_lock(engine: Engine) -> threading.Lock | None:
    """Return the lock behind which this process's SQLite writers queue, None on PostgreSQL.

    SQLite's own busy handler sleeps and retries, so a writer can starve for seconds behind luckier ones; a
    lock in front of it serves the threads of a process in turn.
    """
    return cast("threading.Lock | None", engine.get_execution_options().get(_WRITE_LOCK))


def _engine_options(settings: Settings) -> dict[str, Any]:
    """One connection a thread at most: an empty pool is told as a 503 and never piles up connections.

    What was given back last is taken first, so that as few are in use, and as few caches filled, as need be.
    """
    # The lanes for reading and writing, and what ends answers, serves streams and signs in beside them.
    pool = {"pool_size": 2 * settings.threads, "max_overflow": 16, "pool_timeout": 10, "pool_use_lifo": True}
    # Whoever logs an error of the database's shall not log what was stored or looked for.
    pool["hide_parameters"] = True
    if settings.on_sqlite:
        return pool | {
            "connect_args": {"timeout": settings.sqlite_lock_timeout, "cached_statements": 512},
            "execution_options": {_WRITE_LOCK: threading.Lock()},
        }
    return pool | {"pool_pre_ping": True, "connect_args": {"prepare_threshold": 3, "connect_timeout": 10}}


def _listen(engine: Engine, settings: Settings) -> None:
    if not settings.on_sqlite:
        return

    @event.listens_for(engine, "connect")
    def connected(connection: sqlite3.Connection, _record: object) -> None:
        # The driver would begin transactions by guessing; `begun` begins them by what is known.
        connection.isolation_level = None
        for pragma in (
            "journal_mode = WAL",
            "synchronous = FULL",
            "foreign_keys = ON",
            "temp_store = MEMORY",
            "cache_size = -16000",
        ):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def begun(connection: Connection) -> None:
        options = connection.get_execution_options()
        if not options.get(WRITES):
            connection.exec_driver_sql("BEGIN")
            return
        patience = options.get(LOCK_TIMEOUT)
        if patience is None:
            connection.exec_driver_sql("BEGIN IMMEDIATE")
            return
        _set_busy_timeout(connection, patience)
        try:
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        finally:
            _set_busy_timeout(connection, settings.sqlite_lock_timeout)


def _set_busy_timeout(connection: Connection, seconds: float) -> None:
    connection.exec_driver_sql(f"PRAGMA busy_timeout = {seconds * 1000:.0f}")
