"""The schema check of every start. It runs without SQLAlchemy; Alembic is loaded only for a migration."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from typing import TYPE_CHECKING

import click

from webapp.database.diagnosis import diagnosis
from webapp.database.errors import DatabaseNotMigrated
from webapp.database.known_database import known_database, write_database_id
from webapp.database.revision import head_revision
from webapp.database.sqlite_file import SqliteFile
from webapp.errors import Unavailable

if TYPE_CHECKING:
    from webapp.config.settings import Settings

_STORED = "SELECT version_num FROM alembic_version"
_ACCOUNT = "SELECT 1 FROM users WHERE password_hash IS NOT NULL LIMIT 1"
_BOOK = "SELECT id FROM book"
_RENUMBERING = "SELECT renumbering FROM book WHERE renumbering IS NOT NULL"


def upgrade_if_needed(settings: Settings) -> None:
    """Run the pending migrations in a process of their own, so that the server does not load Alembic.

    A missing database is created. Raises ClickException if an existing one was lost or the upgrade fails.
    """
    check_not_lost(settings)
    if not is_up_to_date(settings):
        done = subprocess.run([sys.executable, "-m", "webapp.cli.upgrade"], env=os.environ, check=False)
        if done.returncode:
            raise click.ClickException("The database could not be upgraded. The lines above give the reason.")
    store_database_id(settings)


def check_not_lost(settings: Settings) -> None:
    """Raise ClickException if the data folder had a database and this one has no tables."""
    if known_database(settings) is None or stored_revision(settings) is not None:
        return
    location = settings.sqlite_path if settings.on_sqlite else "the database that DATABASE_URL names"
    raise click.ClickException(
        f"The data folder had a database, but {location} is empty now. Nothing was created. Check that the disk is "
        "mounted, the file is in place and DATABASE_URL is correct. To start with a new, empty database: "
        "minutebook db start-anew"
    )


def store_database_id(settings: Settings) -> None:
    book_id = _first_value(settings, _BOOK)
    if book_id is not None:
        write_database_id(settings, str(book_id))


def check_up_to_date(settings: Settings) -> None:
    """Raise ClickException, with the command to run, unless the database is at the newest revision."""
    if not is_up_to_date(settings):
        raise click.ClickException("The database is missing or not up to date. Run: minutebook db upgrade")


def is_up_to_date(settings: Settings) -> bool:
    """Return whether the database is at the newest revision, and the work that one of them began is complete."""
    return stored_revision(settings) == head_revision() and _first_value(settings, _RENUMBERING) is None


def stored_revision(settings: Settings) -> str | None:
    """Return the database's revision, or None if it has none.

    Raises ClickException if the database cannot be read.
    """
    revision = _first_value(settings, _STORED)
    return None if revision is None else str(revision)


def has_account(settings: Settings) -> bool:
    """Return whether any account has a password."""
    return _first_value(settings, _ACCOUNT) is not None


def _first_value(settings: Settings, query: str) -> object:
    return (_of_sqlite if settings.on_sqlite else _of_postgres)(settings, query)


def _of_sqlite(settings: Settings, query: str) -> object:
    path = settings.sqlite_path
    if not os.path.lexists(path):
        return None
    try:
        with closing(SqliteFile(path, settings.sqlite_lock_timeout).connect()) as connection:
            row = connection.execute(query).fetchone()
    except sqlite3.Error as error:
        problem = diagnosis(error, path) or Unavailable(f"SQLite says: {error}.")
        if isinstance(problem, DatabaseNotMigrated):
            return None
        raise click.ClickException(f"{path}: {problem.detail}") from None
    except Unavailable as problem:
        raise click.ClickException(f"{path}: {problem.detail}") from None
    return row[0] if row else None


def _of_postgres(settings: Settings, query: str) -> object:
    import psycopg

    try:
        address = settings.database_url.replace("+psycopg", "", 1)
        with psycopg.connect(address, connect_timeout=10) as connection:
            row = connection.execute(query.encode()).fetchone()
    except psycopg.OperationalError as error:
        # libpq's message names host, port and user, never the password.
        raise click.ClickException(f"PostgreSQL does not answer. Start it, or correct DATABASE_URL. {error}") from None
    except psycopg.Error:
        return None
    return row[0] if row else None
