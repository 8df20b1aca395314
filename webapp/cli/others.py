"""Another database than that of the settings: made, brought up to date and opened as an app of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

import click

from webapp import create_app
from webapp.services.keeping.moving import close_database

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from flask import Flask

    from webapp.config.settings import Settings


def sqlite_url(path: Path) -> str:
    return f"sqlite:///{path.absolute()}"


def migrate_other(url: str, revision: str = "head") -> None:
    """Make the tables of a database, or bring them up to date, in a process of its own. Raises ClickException."""
    env = {name: value for name, value in os.environ.items() if name != "DATABASE_URL_FILE"}
    env |= {"DATABASE_URL": url, "MINUTEBOOK_BACKUP_BEFORE_UPGRADE": "no"}
    command = [sys.executable, "-m", "webapp.cli.upgrade", revision]
    if subprocess.run(command, env=env, check=False).returncode:  # noqa: S603 - our own module
        raise click.ClickException("The tables could not be made. The lines above give the reason.")


@contextmanager
def app_of_other(settings: Settings, url: str) -> Iterator[Flask]:
    """Open another database as an app."""
    app = create_app(replace(settings, database_url=url), commands=False)
    try:
        yield app
    finally:
        close_database(app)
