"""Is the database up to date? Asked cheaply at every start, answered by Alembic only where something is to do."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from typing import TYPE_CHECKING

import click

from webapp.config import ASSETS

if TYPE_CHECKING:
    from webapp.config import Settings


def upgrade_if_needed(settings: Settings) -> None:
    """Run the pending migrations, in a process of their own so that the server does not carry Alembic along."""
    if settings.on_sqlite and stored_revision(settings) == head_revision():
        return
    done = subprocess.run([sys.executable, "-m", "webapp.cli.upgrade"], env=os.environ, check=False)
    if done.returncode:
        raise click.ClickException("The database could not be brought up to date; the lines above say why.")


def head_revision() -> str:
    """Return the newest revision: files are named by their revision's number."""
    return max(path.name.partition("_")[0] for path in (ASSETS / "migrations" / "versions").glob("[0-9]*_*.py"))


def stored_revision(settings: Settings) -> str | None:
    """Return an SQLite file's revision without SQLAlchemy, None if it has none."""
    path = settings.database_url.removeprefix("sqlite:///")
    if not os.path.isfile(path):  # noqa: PTH113 - the one use of it
        return None
    connection = sqlite3.connect(path)
    try:
        row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    except sqlite3.Error:
        return None
    finally:
        connection.close()
    return str(row[0]) if row else None
