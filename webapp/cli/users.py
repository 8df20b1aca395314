from __future__ import annotations

import json

import click

from webapp.cli.commands import VIA, Commands, ask_password, operator
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

users = Commands("users", help="Create, list and change accounts.")


@users.command("add", upgrades=True)
@click.argument("name")
@click.option("--admin", is_flag=True, help="Make it an administrator; the first account always is one.")
def add(name: str, admin: bool) -> None:
    """Create an account. The password is asked for or read from the first line of standard input.

    The command also works before the first start: it creates the database if there is none.
    """
    is_first = not has_account()
    # Checked before the user types the password twice.
    check_name(name)
    user = create_account(name, ask_password(), is_admin=admin, via=VIA)
    click.echo(f"Created the account {user.name}{' (administrator)' if user.is_admin else ''}.")
    if is_first:
        click.echo("It owns the chats from before the first account.")


@users.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object per line.")
def index(as_json: bool) -> None:
    """List the accounts."""
    for account in all_accounts():
        if as_json:
            moments = ("created_at", "disabled_at", "seen_at", "token_used_at")
            moments_text = {
                name: moment and instant_text(moment) for name in moments for moment in [getattr(account, name)]
            }
            click.echo(json.dumps(account._asdict() | moments_text, ensure_ascii=False))
            continue
        facts = ["administrator"] * account.is_admin + ["disabled"] * (account.disabled_at is not None)
        seen = f"last seen {account.seen_at:%Y-%m-%d}" if account.seen_at else "not signed in"
        click.echo(f"{account.name}  since {account.created_at:%Y-%m-%d}  {', '.join([seen, *facts])}")


@users.command("reset-password")
@click.argument("name")
@click.option(
    "--revoke-tokens/--keep-tokens", default=True, show_default=True, help="Whether to revoke its API tokens, too."
)
def reset(name: str, revoke_tokens: bool) -> None:
    """Set an account's password, sign it out everywhere, and revoke its API tokens."""
    account = find_account(name)
    revoked = reset_password(operator(), account.id, account.name, ask_password(), revoke_tokens=revoke_tokens)
    click.echo(f"Set the password of {account.name} and signed it out everywhere.")
    if revoked:
        click.echo(f"API tokens revoked: {revoked}")


@users.command("promote")
@click.argument("name")
@click.option("--undo", is_flag=True, help="Withdraw its administrator rights.")
def promote(name: str, undo: bool) -> None:
    """Make an account an administrator."""
    account = find_account(name)
    set_admin(operator(), account.id, is_admin=not undo)
    click.echo(f"{account.name} is {'no longer ' if undo else ''}an administrator.")


@users.command("disable")
@click.argument("name")
@click.option("--undo", is_flag=True, help="Enable it again.")
def disable(name: str, undo: bool) -> None:
    """Disable an account. Nobody can sign in to it, and its data stays."""
    account = find_account(name)
    set_disabled(operator(), account.id, disabled=not undo)
    click.echo(f"{account.name} is {'enabled' if undo else 'disabled'}.")


@users.command("remove")
@click.argument("name")
@click.confirmation_option(prompt="Delete this account and all its chats permanently?")
def remove(name: str) -> None:
    """Delete an account and all its data permanently."""
    account = find_account(name)
    remove_account(operator(), account.id)
    click.echo(f"Deleted permanently: {account.name} and all its data.")
