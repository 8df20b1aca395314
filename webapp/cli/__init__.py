"""The command line `minutebook`, a Flask command group."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click
from flask.cli import FlaskGroup

from webapp import create_app
from webapp.cli.database import init_database_commands
from webapp.cli.serve import serve
from webapp.config.settings import ConfigError

if TYPE_CHECKING:
    from flask import Flask


class Minutebook(FlaskGroup):
    """All commands. Errors that a user can act on are printed as a sentence, without a traceback."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
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
init_database_commands()


def main() -> None:
    """Run the command line. Invalid settings are printed as sentences, without a traceback."""
    try:
        minutebook()
    except ConfigError as error:
        raise SystemExit(f"Minutebook cannot start:\n{error}") from None


def init_app(app: Flask) -> None:
    """Register the commands that need the app's data."""
    from flask_migrate import Migrate

    from webapp.cli.messages import messages
    from webapp.cli.sessions import sessions
    from webapp.cli.tokens import tokens
    from webapp.cli.users import users
    from webapp.cli.verify import verify
    from webapp.config.settings import ASSETS
    from webapp.database.engine import db

    Migrate(app, db, directory=str(ASSETS / "migrations"))
    for command in (sessions, messages, users, tokens, verify):
        app.cli.add_command(command)
