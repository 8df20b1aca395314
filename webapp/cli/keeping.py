"""`minutebook backup`, `restore` and `copy`: the whole database in a file or in another database."""

from __future__ import annotations

from pathlib import Path

import click
from flask import current_app
from flask.cli import with_appcontext

from webapp.cli.backups import write_backup
from webapp.cli.database_checks import check_up_to_date
from webapp.cli.others import app_of_other, migrate_other
from webapp.cli.progress import Bar
from webapp.cli.restoring import restore_backup
from webapp.config import validators
from webapp.config.settings import Settings
from webapp.database.transaction import leave_transaction
from webapp.services.keeping.moving import copy_database, findings
from webapp.state import current


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@with_appcontext
def backup(file: Path) -> None:
    """Write the whole database into FILE while the server runs.

    FILE is a SQLite database, also of a database on PostgreSQL. It must not exist. The key in the data folder is not
    in it: keep `secret.key` elsewhere, too.
    """
    settings = current(Settings)
    check_up_to_date(settings)
    with Bar("Writing the backup") as bar:
        write_backup(current_app._get_current_object(), settings, file.absolute(), bar.show)  # type: ignore[attr-defined] # noqa: SLF001
    click.echo(f"Wrote {file} ({file.stat().st_size:,} bytes).")


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--replace", is_flag=True, help="Replace a database that has data. It is kept beside.")
@with_appcontext
def restore(file: Path, replace: bool) -> None:
    """Put the backup FILE in the place of the database. Stop the server first.

    FILE is checked before anything is changed: whether it is whole, of which version it is, and what `verify --quick`
    finds. A backup of an older version is upgraded.
    """
    settings = current(Settings)
    leave_transaction()
    kept = restore_backup(settings, file.absolute(), is_replacing=replace)
    click.echo(f"Restored {file}.")
    if kept is not None:
        click.echo(f"The database that was there before is kept: {kept}")


@click.command("copy")
@click.option("--to", "url", required=True, metavar="URL", help="The other database, as in DATABASE_URL.")
@with_appcontext
def copy_to(url: str) -> None:
    """Copy everything into another, empty database: from SQLite to PostgreSQL or back.

    The copy is one state of the database, and it is verified. Then set DATABASE_URL to it and start the server.
    """
    settings = current(Settings)
    check_up_to_date(settings)
    try:
        address = validators.database_url(url)
    except ValueError as error:
        raise click.UsageError(f"--to: {error}") from None
    if address == settings.database_url:
        raise click.UsageError("--to names the database that is in use.")
    migrate_other(address)
    with app_of_other(settings, address) as target:
        with Bar("Copying") as bar:
            counts = copy_database(current_app._get_current_object(), target, bar.show)  # type: ignore[attr-defined] # noqa: SLF001
        wrong = [
            str(finding.what) + ": " + finding.where + ": " + finding.meaning
            for finding in findings(target, quick=False)
        ]
    for line in wrong:
        click.echo(line)
    if wrong:
        raise click.ClickException(f"The copy has {len(wrong)} findings, as above. Run “minutebook verify” here, too.")
    click.echo(f"Copied {sum(counts.values()):,} rows of {len(counts)} tables. Verified: nothing is wrong.")
