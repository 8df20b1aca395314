"""Is the database up to date? Asked cheaply at every start, answered by Alembic only where something is to do."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from webapp.schema import head_revision

if TYPE_CHECKING:
    from webapp.config import Settings

_STORED = "SELECT version_num FROM alembic_version"
_ACCOUNT = "SELECT 1 FROM users WHERE password_hash IS NOT NULL LIMIT 1"


def upgrade_if_needed(settings: Settings) -> None:
    """Run the pending migrations, in a process of their own so that the server does not carry Alembic along."""
    if stored_revision(settings) == head_revision():
        return
    done = subprocess.run([sys.executable, "-m", "webapp.cli.upgrade"], env=os.environ, check=False)
    if done.returncode:
        raise click.ClickException("The database could not be brought up to date; the lines above say why.")


def check_up_to_date(settings: Settings) -> None:
    """Raise ClickException, with what to do, unless the database is there and as this version needs it."""
    if stored_revision(settings) != head_revision():
        raise click.ClickException("The database is not up to date, or not made yet. Run this: minutebook db upgrade")


def stored_revision(settings: Settings) -> str | None:
    """Return the database's revision without SQLAlchemy, None if it has none or does not answer."""
    found = _first_value(settings, _STORED)
    return None if found is None else str(found)


def has_account(settings: Settings) -> bool:
    """Say, without SQLAlchemy, whether somebody can sign in."""
    return _first_value(settings, _ACCOUNT) is not None


def _first_value(settings: Settings, query: str) -> object:
    return (_of_sqlite if settings.on_sqlite else _of_postgres)(settings.database_url, query)


def _of_sqlite(url: str, query: str) -> object:
    path = Path(url.removeprefix("sqlite:///"))
    if not path.is_file():
        return None
    connection = sqlite3.connect(path)
    try:
        row = connection.execute(query).fetchone()
    except sqlite3.Error:
        return None
    finally:
        connection.close()
    return row[0] if row else None


def _of_postgres(url: str, query: str) -> object:
    import psycopg

    try:
        with psycopg.connect(url.replace("+psycopg", "", 1), connect_timeout=10) as connection:
            row = connection.execute(query.encode()).fetchone()
    except psycopg.Error:
        # Whatever is the matter, the migrations meet it too and say so.
        return None
    return row[0] if row else None
