"""`minutebook db …`: Flask-Migrate's commands with checks for a lost database."""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, Any

import click
from flask_migrate import cli as migrations

from webapp.cli.database_checks import check_not_lost, store_database_id, stored_revision, upgrade_if_needed
from webapp.config.settings import Settings
from webapp.database.known_database import remove_database_id

if TYPE_CHECKING:
    from collections.abc import Callable


@click.command("start-anew")
def start_anew() -> None:
    """Create a new, empty database in place of one that is gone."""
    settings = Settings.from_environ()
    if stored_revision(settings) is not None:
        raise click.ClickException("There is a database at this address already. Nothing was changed.")
    remove_database_id(settings)
    upgrade_if_needed(settings)
    click.echo("Created a new, empty database. Start the server: minutebook serve")


def _guarded(run: Callable[..., Any]) -> Callable[..., Any]:
    """Wrap `db upgrade` so that it does not replace a lost database with an empty one."""

    @wraps(run)
    def upgrade(**options: Any) -> None:
        settings = Settings.from_environ()
        # With --sql the statements are only printed.
        if not options["sql"]:
            check_not_lost(settings)
        run(**options)
        if not options["sql"]:
            store_database_id(settings)

    return upgrade


def init_database_commands() -> None:
    """Add `start-anew` to Flask-Migrate's commands and the lost-database check to `upgrade`."""
    if "start-anew" in migrations.db.commands:
        return
    migrations.db.add_command(start_anew)
    upgrade = migrations.db.commands["upgrade"]
    assert upgrade.callback is not None
    upgrade.callback = _guarded(upgrade.callback)
