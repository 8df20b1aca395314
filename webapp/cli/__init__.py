"""The command line `minutebook`, a Flask command group."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click
from flask.cli import FlaskGroup

from webapp import create_app
from webapp.cli.serve import serve
from webapp.config.settings import ConfigError

if TYPE_CHECKING:
    from flask import Flask


class Minutebook(FlaskGroup):
    """All commands. Errors that a user can act on are printed as a sentence, without a traceback.

    `db` alone loads Alembic, which takes longer than the start of any other command.
    """

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted({"db", *super().list_commands(ctx)})

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name != "db":
            return super().get_command(ctx, name)
        from webapp.cli.database import database_commands

        return database_commands()

    def _load_plugin_commands(self) -> None:
        """Load none: the installed one is Flask-Migrate's `db`."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except (click.ClickException, click.exceptions.Exit):
            raise
        except Exception as error:
            from webapp.cli.failures import sentence_of

            sentence = sentence_of(error)
            if sentence is None:
                raise
            raise click.ClickException(sentence) from None


@click.group(cls=Minutebook, create_app=create_app, add_version_option=False)
@click.version_option(package_name="minutebook")
def minutebook() -> None:
    """Keep your conversations with AI assistants in a self-hosted minute book."""


minutebook.add_command(serve)


def main() -> None:
    """Run the command line. Invalid settings are printed as sentences, without a traceback."""
    try:
        minutebook()
    except ConfigError as error:
        raise SystemExit(f"Minutebook cannot start:\n{error}") from None


def init_app(app: Flask) -> None:
    """Register the commands that need the app's data."""
    from webapp.cli.exports import export, purge
    from webapp.cli.imports import import_files, imports
    from webapp.cli.keeping import backup, copy_to, restore
    from webapp.cli.messages import messages
    from webapp.cli.models import models
    from webapp.cli.reindex import reindex
    from webapp.cli.sessions import sessions
    from webapp.cli.tokens import tokens
    from webapp.cli.users import users
    from webapp.cli.verify import verify

    keeping = (export, import_files, imports, backup, restore, copy_to, purge)
    for command in (sessions, messages, users, tokens, models, verify, reindex, *keeping):
        app.cli.add_command(command)
