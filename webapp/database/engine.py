"""The SQLAlchemy extension and the setup of connections to each database."""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING, Any, cast

from flask_sqlalchemy import SQLAlchemy
from flask_sqlalchemy.session import Session
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
    from collections.abc import Mapping

    from flask import Flask
    from sqlalchemy import Connection
    from sqlalchemy.engine import ExceptionContext

    from webapp.config.settings import Settings
    from webapp.database.sqlite_file import OpenDatabase

log = logging.getLogger(__name__)

#: Execution option: the transaction takes SQLite's write lock when it begins.
WRITES = "minutebook_writes"
#: Execution option: seconds to wait for SQLite's write lock. None is the default time.
LOCK_TIMEOUT = "minutebook_lock_timeout"
_WRITE_LOCK = "minutebook_write_lock"
#: Options of a read-only transaction on PostgreSQL: it sees one state of the database and cannot write.
_SNAPSHOT = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
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


class SnapshotSession(Session):
    """A session whose read transactions each see one state of the database.

    SQLite does this by itself. On PostgreSQL every transaction is a snapshot unless `writing` begins it. A writer needs
    READ COMMITTED, so that it sees what others committed while it waited for a lock.
    """

    def connection(
        self,
        bind_arguments: dict[str, Any] | None = None,
        execution_options: Mapping[str, Any] | None = None,
    ) -> Connection:
        """Return the open transaction's connection, or that of a new transaction with these options."""
        is_new = not self.in_transaction()
        if execution_options is None and is_new and self.get_bind().dialect.name == "postgresql":
            execution_options = _SNAPSHOT
        return super().connection(bind_arguments, execution_options)


db = SQLAlchemy(model_class=Base, disable_autonaming=True, session_options={"class_": SnapshotSession})


def init_database(app: Flask, settings: Settings) -> None:
    app.config["SQLALCHEMY_DATABASE_URI"] = (
        f"sqlite:///{settings.sqlite_path}" if settings.on_sqlite else settings.database_url
    )
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = _engine_options(settings)
    db.init_app(app)
    with app.app_context():
        _listen(db.engine, settings)
    # A request sees everything that was committed before it, even in an app context that has already read.
    app.before_request(_end_transaction)


def _end_transaction() -> None:
    db.session.rollback()


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
    return pool | {"pool_pre_ping": True, "connect_args": {"prepare_threshold": 3, "connect_timeout": 10}}


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
        return

    @event.listens_for(engine, "do_connect")
    def connects(*_unused: object) -> OpenDatabase:
        return file.connect()

    @event.listens_for(engine, "commit")
    def commits(connection: Connection) -> None:
        _check_file(connection)

    @event.listens_for(engine, "begin")
    def begun(connection: Connection) -> None:
        _check_file(connection)
        options = connection.get_execution_options()
        if not options.get(WRITES):
            connection.exec_driver_sql("BEGIN")
            return
        patience = options.get(LOCK_TIMEOUT)
        if patience is None:
            connection.exec_driver_sql("BEGIN IMMEDIATE")
            return
        _set_busy_timeout(connection, min(patience, settings.sqlite_lock_timeout))
        try:
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        finally:
            _set_busy_timeout(connection, settings.sqlite_lock_timeout)


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


def _check_file(connection: Connection) -> None:
    """Raise DatabaseGone if the open file is no longer the database."""
    cast("OpenDatabase", connection.connection.dbapi_connection).check()


def _set_busy_timeout(connection: Connection, seconds: float) -> None:
    connection.exec_driver_sql(f"PRAGMA busy_timeout = {seconds * 1000:.0f}")
