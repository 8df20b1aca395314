from __future__ import annotations

import json

import click

from webapp.cli.people import VIA, Commands, ask_password, operator
from webapp.database.types import instant_text
from webapp.services.accounts.accounts import (
    all_accounts,
    check_name,
    create_account,
    find_account,
    has_account,
)
from webapp.services.accounts.deletion import remove_account
from webapp.services.accounts.resets import reset_password
from webapp.services.accounts.status import set_admin, set_disabled

users = Commands("users", help="Make, list and change accounts.")


@users.command("add", upgrades=True)
@click.argument("name")
@click.option("--admin", is_flag=True, help="It administers; the first account always does.")
def add(name: str, admin: bool) -> None:
    """Create an account. The password is asked for or read from the first line of standard input.

    The command also works before the first start: it creates the database if there is none.
    """
    is_first = not has_account()
    # Checked before the user types the password twice.
    check_name(name)
    user = create_account(name, ask_password(), is_admin=admin, via=VIA)
    click.echo(f"Made the account {user.name}{', which administers' if user.is_admin else ''}.")
    if is_first:
        click.echo("What was written here before is its own now.")


@users.command("list")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
def index(as_json: bool) -> None:
    """List the accounts."""
    for account in all_accounts():
        if as_json:
            moments = ("created_at", "disabled_at", "seen_at", "token_used_at")
            told = {name: moment and instant_text(moment) for name in moments for moment in [getattr(account, name)]}
            click.echo(json.dumps(account._asdict() | told, ensure_ascii=False))
            continue
        facts = ["administers"] * account.is_admin + ["disabled"] * (account.disabled_at is not None)
        seen = f"last seen {account.seen_at:%Y-%m-%d}" if account.seen_at else "not signed in"
        click.echo(f"{account.name}  since {account.created_at:%Y-%m-%d}  {', '.join([seen, *facts])}")


@users.command("reset-password")
@click.argument("name")
@click.option(
    "--revoke-tokens/--keep-tokens", default=True, show_default=True, help="Whether its API tokens end as well."
)
def reset(name: str, revoke_tokens: bool) -> None:
    """Set an account's password, sign it out everywhere, and revoke its API tokens."""
    account = find_account(name)
    revoked = reset_password(operator(), account.id, account.name, ask_password(), revoke_tokens=revoke_tokens)
    click.echo(f"The password of {account.name} is set; it is signed out everywhere.")
    if revoked:
        click.echo(f"API tokens revoked: {revoked}")


@users.command("promote")
@click.argument("name")
@click.option("--undo", is_flag=True, help="It administers no more.")
def promote(name: str, undo: bool) -> None:
    """Make an account an administrator."""
    account = find_account(name)
    set_admin(operator(), account.id, is_admin=not undo)
    click.echo(f"{account.name} administers{' no more' if undo else ''}.")


@users.command("disable")
@click.argument("name")
@click.option("--undo", is_flag=True, help="Let it in again.")
def disable(name: str, undo: bool) -> None:
    """Disable an account. Nobody can sign in to it, and its data stays."""
    account = find_account(name)
    set_disabled(operator(), account.id, disabled=not undo)
    click.echo(f"{account.name} is {'enabled' if undo else 'disabled'}.")


@users.command("remove")
@click.argument("name")
@click.confirmation_option(prompt="Delete this account with all its chats for good?")
def remove(name: str) -> None:
    """Delete an account and all its data permanently."""
    account = find_account(name)
    remove_account(operator(), account.id)
    click.echo(f"Deleted for good: {account.name} and all that it owned.")
