"""Runs the migrations on the app's own engine, or prints their SQL (`--sql`)."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, cast

from alembic import context
from flask import current_app
from sqlalchemy import Identity

from webapp import models  # noqa: F401 - registers the tables
from webapp.config.settings import Settings
from webapp.database.engine import db
from webapp.database.sqlite_file import SqliteFile
from webapp.state import current

if TYPE_CHECKING:
    from collections.abc import Iterator

    import psycopg
    from sqlalchemy import Connection
    from sqlalchemy.schema import SchemaItem

#: Made by SQL in a revision and known to no model: the full-text tables and the expression index.
FULL_TEXT = "message_search"


def include_object(item: SchemaItem, name: str | None, *_rest: object) -> bool:
    """Keep autogenerate away from what the models do not describe, and from what SQLite cannot tell of a number."""
    if isinstance(getattr(item, "server_default", None), Identity) and db.engine.dialect.name == "sqlite":
        return False
    return not (name or "").startswith(FULL_TEXT)


def _options() -> dict[str, Any]:
    return {
        "target_metadata": db.metadata,
        "include_object": include_object,
        "render_as_batch": db.engine.dialect.name == "sqlite",
        "compare_server_default": True,
    }


def _is_upgrade() -> bool:
    """Return whether `upgrade` runs: the only command that makes a database.

    Alembic tells no environment which command it is; the function that it gave for the work goes by that name.
    """
    environment: Any = context._proxy  # type: ignore[attr-defined] # noqa: SLF001
    return str(environment.context_opts["fn"].__name__) == "upgrade"


def run_offline() -> None:
    """Print the SQL instead of running it."""
    url = current_app.config["SQLALCHEMY_DATABASE_URI"]
    context.configure(url=url, literal_binds=True, **_options())
    with context.begin_transaction():
        context.run_migrations()


def run_online() -> None:
    """Run every pending revision in one transaction: all of them or none."""
    settings = current(Settings)
    if settings.on_sqlite and _is_upgrade():
        SqliteFile(settings.sqlite_path, settings.sqlite_lock_timeout).make()
    with db.engine.connect().execution_options(minutebook_writes=True) as connection:
        context.configure(connection=connection, **_options())
        with _ids_as_uuids(connection), context.begin_transaction():
            context.run_migrations()


@contextmanager
def _ids_as_uuids(connection: Connection) -> Iterator[None]:
    """Let PostgreSQL's driver read ids as it does by default. Revisions that compare ids were written for that."""
    if connection.dialect.name != "postgresql":
        yield
        return
    from psycopg.types.string import TextLoader  # noqa: PLC0415 - installed only where it is used
    from psycopg.types.uuid import UUIDLoader  # noqa: PLC0415

    adapters = cast("psycopg.Connection[Any]", connection.connection.dbapi_connection).adapters
    adapters.register_loader("uuid", UUIDLoader)
    try:
        yield
    finally:
        adapters.register_loader("uuid", TextLoader)


if context.is_offline_mode():
    run_offline()
else:
    run_online()
