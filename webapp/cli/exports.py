"""`minutebook export` and `purge`: an account's data in a file, and its old archived chats removed."""

from __future__ import annotations

import os
from contextlib import closing, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import click
from flask.cli import with_appcontext

from webapp.cli.commands import acting_for, user_option
from webapp.cli.database_checks import check_up_to_date
from webapp.cli.progress import Bar
from webapp.cli.tokens import Lifetime
from webapp.config.settings import Settings
from webapp.ids import utc_now
from webapp.services.accounts.accounts import all_accounts
from webapp.services.exports.everything import export_everything
from webapp.services.keeping.sqlite_copy import new_file, sync
from webapp.services.sessions.purge_archived import purge_archived
from webapp.services.users import CurrentUser
from webapp.state import current

if TYPE_CHECKING:
    from datetime import timedelta

    from webapp.services.exports.held import Pieces


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@user_option
@with_appcontext
def export(file: Path, user_name: str | None) -> None:
    """Write all data of an account into FILE, a zip archive that must not exist."""
    check_up_to_date(current(Settings))
    with Bar("Exporting") as bar:
        _write(file.absolute(), export_everything(acting_for(user_name), bar.show).pieces)
    click.echo(f"Wrote {file} ({file.stat().st_size:,} bytes).")


@click.command()
@click.option("--archived-before", "age", required=True, type=Lifetime(), help="How long ago (90d, 12h, 4w).")
@click.option("--dry-run", is_flag=True, help="Say what would be deleted, and delete nothing.")
@click.option("--yes", is_flag=True, help="Delete without asking.")
@click.option("--user", "user_name", metavar="NAME", help="The account. Without it, every account.")
@with_appcontext
def purge(age: timedelta, dry_run: bool, yes: bool, user_name: str | None) -> None:
    """Delete archived chats permanently that nobody has changed for a time. Archiving is a change."""
    check_up_to_date(current(Settings))
    before = utc_now() - age
    users = [acting_for(user_name)] if user_name else _everybody()
    found = [purge_archived(user, before, is_trial=True) for user in users]
    for user, each in zip(users, found, strict=True):
        if each.found:
            click.echo(f"{user.name}: {each.found:,} archived chats with {each.messages:,} messages.")
    total = sum(each.found for each in found)
    if dry_run or not total:
        click.echo(
            f"{total:,} chats would be deleted. Nothing was changed." if total else "There is nothing to delete."
        )
        return
    if not yes:
        click.confirm(f"Delete {total:,} chats permanently?", abort=True)
    deleted = 0
    with Bar("Deleting") as bar:
        for user in users:
            deleted += purge_archived(user, before, report=bar.show).deleted
    click.echo(f"Deleted permanently: {deleted:,} chats.")


def _everybody() -> list[CurrentUser]:
    accounts = all_accounts()
    if not accounts:
        return [acting_for(None)]
    return [CurrentUser(account.id, account.name, account.is_admin, "command line") for account in accounts]


def _write(path: Path, pieces: Pieces) -> None:
    """Write a new file. Under its own name it is always whole. Raises CannotKeep and OSError."""
    draft = path.with_name(f".{path.name}.partial")
    with closing(pieces):
        new_file(path)
        try:
            with open(os.open(draft, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600), "wb") as file:  # noqa: PTH123
                file.writelines(pieces)
            draft.replace(path)
            sync(path)
        except BaseException:
            for left in (draft, path):
                with suppress(OSError):
                    left.unlink()
            raise
