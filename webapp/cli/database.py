"""`minutebook db …`: Flask-Migrate's commands with checks for a lost database."""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, Any

import click
from flask import current_app
from flask.cli import with_appcontext
from flask_migrate import Migrate
from flask_migrate import cli as migrations

from webapp.cli.backups import back_up_before_upgrade
from webapp.cli.completion import complete_upgrade
from webapp.cli.database_checks import check_not_lost, store_database_id, stored_revision, upgrade_if_needed
from webapp.config.settings import ASSETS, Settings
from webapp.database.engine import db
from webapp.database.known_database import remove_database_id

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask import Flask


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
            back_up_before_upgrade(current_app._get_current_object(), settings)  # type: ignore[attr-defined] # noqa: SLF001
        run(**options)
        if not options["sql"]:
            complete_upgrade(settings)
            store_database_id(settings)

    return upgrade


def _initialized(run: Callable[..., Any]) -> Callable[..., Any]:
    """Wrap the group `db` so that the app knows where the migrations are."""

    @wraps(run)
    @with_appcontext
    def enter(**options: Any) -> None:
        init_migrations(current_app._get_current_object())  # type: ignore[attr-defined] # noqa: SLF001
        run(**options)

    return enter


def init_migrations(app: Flask) -> None:
    """Let Flask-Migrate's functions and commands run for this app."""
    Migrate(app, db, directory=str(ASSETS / "migrations"))


def database_commands() -> click.Group:
    """Return Flask-Migrate's commands, with `start-anew` among them and the lost-database check in `upgrade`."""
    group: click.Group = migrations.db
    if start_anew.name in group.commands:
        return group
    group.add_command(start_anew)
    upgrade = group.commands["upgrade"]
    assert group.callback is not None
    assert upgrade.callback is not None
    group.callback = _initialized(group.callback)
    upgrade.callback = _guarded(upgrade.callback)
    return group
