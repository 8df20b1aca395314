from __future__ import annotations

import click
from flask.cli import with_appcontext

from webapp.cli.database_checks import check_up_to_date
from webapp.config.settings import Settings
from webapp.services.search.index.rebuilding import rebuild_index
from webapp.state import current


@click.command()
@with_appcontext
def reindex() -> None:
    """Build the full-text index again from the messages.

    `minutebook verify` says when that is needed. The server may keep running; it writes nothing meanwhile, which takes
    about half a minute for a million messages on SQLite and some minutes on PostgreSQL.
    """
    check_up_to_date(current(Settings))
    rebuild_index()
    click.echo("The full-text index is built.")
