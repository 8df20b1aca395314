"""The SQLAlchemy extension and the setup of connections to each database."""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING, Any, cast

from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import Engine, MetaData, event
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import DeclarativeBase

from webapp.database.diagnosis import diagnosis
from webapp.database.errors import DatabaseNotMigrated
from webapp.database.revision import head_revision
from webapp.database.sqlite_file import SqliteFile
from webapp.errors import Unavailable
from webapp.observability.exceptions import describe_exception

if TYPE_CHECKING:
    import psycopg
    from flask import Flask
    from sqlalchemy import Connection
    from sqlalchemy.engine import ExceptionContext

    from webapp.config.settings import Settings
    from webapp.database.sqlite_file import OpenDatabase

log = logging.getLogger(__name__)

#: Execution option of a transaction that changes nothing, and sees one state of the database.
READS = "minutebook_reads"
#: Execution option that makes a transaction take SQLite's write lock at its start.
WRITES = "minutebook_writes"
#: Execution option: seconds to wait for SQLite's write lock. None is the default time.
LOCK_TIMEOUT = "minutebook_lock_timeout"
_WRITE_LOCK = "minutebook_write_lock"
#: On PostgreSQL. A writer sees what others committed while it waited for a lock; on SQLite nobody can meanwhile.
_BEGIN = "BEGIN"
_BEGIN_SNAPSHOT = "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY"
_REVISION = "SELECT version_num FROM alembic_version"


class Base(DeclarativeBase):
    """Declarative base whose constraint names are the same on both databases."""

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
    app.config["SQLALCHEMY_DATABASE_URI"] = (
        f"sqlite:///{settings.sqlite_path}" if settings.on_sqlite else settings.database_url
    )
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = _engine_options(settings)
    db.init_app(app)
    with app.app_context():
        _listen(db.engine, settings)


def write_lock(engine: Engine) -> threading.Lock | None:
    """Return the lock that queues this process's SQLite writers, or None on PostgreSQL.

    SQLite's busy handler sleeps and retries, so one writer can starve for seconds. A lock in front of it serves the
    threads of the process in turn.
    """
    return cast("threading.Lock | None", engine.get_execution_options().get(_WRITE_LOCK))


def _engine_options(settings: Settings) -> dict[str, Any]:
    """Return the engine's options: at most one connection per thread; an empty pool raises an error, reported as 503.

    The pool is last in, first out, so that few connections are in use and few page caches are filled.
    """
    # Two lanes of threads read and write. Finishers, streams and sign-ins need connections beside them.
    pool = {"pool_size": 2 * settings.threads, "max_overflow": 16, "pool_timeout": 10, "pool_use_lifo": True}
    # Log lines about database errors must not quote stored content or search words.
    pool["hide_parameters"] = True
    if settings.on_sqlite:
        return pool | {
            "execution_options": {_WRITE_LOCK: threading.Lock()},
        }
    # The engine's events begin transactions, not the driver: in one round trip, which also tells whether the server is
    # there.
    return pool | {"connect_args": {"autocommit": True, "prepare_threshold": 3, "connect_timeout": 10}}


def _listen(engine: Engine, settings: Settings) -> None:
    file = SqliteFile(settings.sqlite_path, settings.sqlite_lock_timeout) if settings.on_sqlite else None

    @event.listens_for(engine, "handle_error")
    def failed(context: ExceptionContext) -> Unavailable | None:
        found = diagnosis(context.original_exception, file.path if file else None)
        if isinstance(found, DatabaseNotMigrated) and _is_migrated(engine):
            # A table is missing although the schema is up to date, or the statement is wrong. That is a bug.
            return None
        if found is not None:
            log.error("The database refused: %s", describe_exception(context.original_exception))
        return found

    if file is None:
        event.listen(engine, "connect", _set_up_postgres)
        event.listen(engine, "begin", _begin_on_postgres)
    else:
        _listen_on_sqlite(engine, file, settings.sqlite_lock_timeout)


def _listen_on_sqlite(engine: Engine, file: SqliteFile, lock_timeout: float) -> None:
    @event.listens_for(engine, "do_connect")
    def connects(*_unused: object) -> OpenDatabase:
        return file.connect()

    @event.listens_for(engine, "commit")
    def commits(connection: Connection) -> None:
        _open_database(connection).check()

    @event.listens_for(engine, "begin")
    def begun(connection: Connection) -> None:
        database = _open_database(connection)
        database.check()
        options = connection.get_execution_options()
        if not options.get(WRITES):
            # It takes no lock and reads no byte, so it cannot fail: nothing need be around it.
            database.execute("BEGIN")
            return
        patience = options.get(LOCK_TIMEOUT)
        if patience is None:
            connection.exec_driver_sql("BEGIN IMMEDIATE")
            return
        _set_busy_timeout(connection, min(patience, lock_timeout))
        try:
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        finally:
            _set_busy_timeout(connection, lock_timeout)


def _set_up_postgres(connection: psycopg.Connection[Any], _record: object) -> None:
    """Let the driver read times and ids as the app has them: in UTC whatever zone the server is in, and as text."""
    from psycopg.types.string import TextLoader  # noqa: PLC0415 - installed only where it is used

    connection.adapters.register_loader("uuid", TextLoader)
    connection.execute("SET TIME ZONE 'UTC'")


def _begin_on_postgres(connection: Connection) -> None:
    connection.exec_driver_sql(_BEGIN_SNAPSHOT if connection.get_execution_options().get(READS) else _BEGIN)


def _is_migrated(engine: Engine) -> bool:
    """Return whether the schema is at the newest revision. The check uses a connection of its own."""
    try:
        connection = engine.raw_connection()
    except (SQLAlchemyError, Unavailable):
        return False
    try:
        cursor = connection.cursor()
        cursor.execute(_REVISION)
        return cursor.fetchone() == (head_revision(),)
    except engine.dialect.loaded_dbapi.Error:
        return False
    finally:
        connection.close()


def _open_database(connection: Connection) -> OpenDatabase:
    return cast("OpenDatabase", connection.connection.dbapi_connection)


def _set_busy_timeout(connection: Connection, seconds: float) -> None:
    connection.exec_driver_sql(f"PRAGMA busy_timeout = {seconds * 1000:.0f}")
