"""Is the database up to date? Asked cheaply at every start, answered by Alembic only where something is to do."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from webapp.config import ASSETS

if TYPE_CHECKING:
    from webapp.config import Settings

_STORED = "SELECT version_num FROM alembic_version"


def upgrade_if_needed(settings: Settings) -> None:
    """Run the pending migrations, in a process of their own so that the server does not carry Alembic along."""
    if stored_revision(settings) == head_revision():
        return
    done = subprocess.run([sys.executable, "-m", "webapp.cli.upgrade"], env=os.environ, check=False)
    if done.returncode:
        raise click.ClickException("The database could not be brought up to date; the lines above say why.")


def head_revision() -> str:
    """Return the newest revision: files are named by their revision's number."""
    return max(path.name.partition("_")[0] for path in (ASSETS / "migrations" / "versions").glob("[0-9]*_*.py"))


def stored_revision(settings: Settings) -> str | None:
    """Return the database's revision without SQLAlchemy, None if it has none or does not answer."""
    return _of_sqlite(settings.database_url) if settings.on_sqlite else _of_postgres(settings.database_url)


def _of_sqlite(url: str) -> str | None:
    path = Path(url.removeprefix("sqlite:///"))
    if not path.is_file():
        return None
    connection = sqlite3.connect(path)
    try:
        row = connection.execute(_STORED).fetchone()
    except sqlite3.Error:
        return None
    finally:
        connection.close()
    return str(row[0]) if row else None


def _of_postgres(url: str) -> str | None:
    import psycopg

    try:
        with psycopg.connect(url.replace("+psycopg", "", 1), connect_timeout=10) as connection:
            row = connection.execute(_STORED).fetchone()
    except psycopg.Error:
        # Whatever is the matter, the migrations meet it too and say so.
        return None
    return str(row[0]) if row else None
