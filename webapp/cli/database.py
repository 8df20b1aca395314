"""`minutebook db …`: Flask-Migrate's commands, and what the data folder knows of the database they make."""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, Any

import click
from flask_migrate import cli as migrations

from webapp.cli.schema import check_not_lost, remember_database, stored_revision, upgrade_if_needed
from webapp.config.settings import Settings
from webapp.database.known_book import forget_book

if TYPE_CHECKING:
    from collections.abc import Callable


@click.command("start-anew")
def start_anew() -> None:
    """Begin a new, empty book where the data folder belongs to one that is gone."""
    settings = Settings.from_environ()
    if stored_revision(settings) is not None:
        raise click.ClickException("There is a book at this address. Nothing was changed.")
    forget_book(settings)
    upgrade_if_needed(settings)
    click.echo("A new, empty book was made. Start it: minutebook serve")


def _guarded(run: Callable[..., Any]) -> Callable[..., Any]:
    """Let `db upgrade` make no new database where there was one, as `serve` does not."""

    @wraps(run)
    def upgrade(**options: Any) -> None:
        settings = Settings.from_environ()
        # With --sql the statements are printed and no database is asked.
        if not options["sql"]:
            check_not_lost(settings)
        run(**options)
        if not options["sql"]:
            remember_database(settings)

    return upgrade


def init_database_commands() -> None:
    """Put our command beside Flask-Migrate's, and our check before its `upgrade`."""
    if "start-anew" in migrations.db.commands:
        return
    migrations.db.add_command(start_anew)
    upgrade = migrations.db.commands["upgrade"]
    assert upgrade.callback is not None
    upgrade.callback = _guarded(upgrade.callback)
