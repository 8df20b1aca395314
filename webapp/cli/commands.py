"""Helpers of commands that act for an account: the account's choice and password input."""

from __future__ import annotations

import sys
from functools import wraps
from typing import TYPE_CHECKING, Any

import click
from flask.cli import AppGroup

from webapp.cli.database_checks import check_up_to_date, upgrade_if_needed
from webapp.config.settings import Settings
from webapp.errors import AppError
from webapp.services.accounts.accounts import all_accounts, find_account, unclaimed_user
from webapp.services.users import CurrentUser
from webapp.state import current

if TYPE_CHECKING:
    from collections.abc import Callable

VIA = "command line"

user_option: Callable[[Any], Any] = click.option(
    "--user", "user_name", metavar="NAME", help="The account to act for; required if there are several."
)


class Commands(AppGroup):
    """A group of commands on the app's data. Application errors are printed as their sentence.

    Every command needs a database that is up to date. A command that is declared with `upgrades=True` creates or
    upgrades the database first; any other command fails and says what to run.
    """

    def command(  # type: ignore[override] # click overloads it for uses without brackets, which there are none of
        self, *args: Any, upgrades: bool = False, **options: Any
    ) -> Callable[[Any], click.Command]:
        declare = super().command(*args, **options)

        def declare_on_database(run: Callable[..., Any]) -> click.Command:
            @wraps(run)
            def run_on_database(*args: Any, **kwargs: Any) -> Any:
                (upgrade_if_needed if upgrades else check_up_to_date)(current(Settings))
                return run(*args, **kwargs)

            return declare(run_on_database)

        return declare_on_database

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except AppError as error:
            raise click.ClickException(error.detail) from None


class SentenceCommand(click.Command):
    """A command outside of a group. Application errors are printed as their sentence."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except AppError as error:
            raise click.ClickException(error.detail) from None


def operator() -> CurrentUser:
    """Return the user of administrative commands: it has no account and an administrator's rights."""
    return CurrentUser("", "operator", is_admin=True, via=VIA)


def acting_for(name: str | None) -> CurrentUser:
    """Return the named account, or the only account.

    Before there is an account, return the user that owns the first account's data. Raises UsageError if the name is
    missing and there are several accounts.
    """
    if name:
        account = find_account(name)
        return CurrentUser(account.id, account.name, account.is_admin, VIA)
    accounts = all_accounts()
    if not accounts:
        return unclaimed_user(VIA)
    if len(accounts) > 1:
        names = ", ".join(account.name for account in accounts)
        raise click.UsageError(f"There are several accounts. Choose one: --user NAME (one of {names}).")
    return CurrentUser(accounts[0].id, accounts[0].name, accounts[0].is_admin, VIA)


def ask_password() -> str:
    """Read a password: twice from a terminal, else the first line of standard input. It is never an argument."""
    if sys.stdin.isatty():
        return str(click.prompt("Password", hide_input=True, confirmation_prompt="Repeat the password"))
    try:
        line = sys.stdin.readline()
    except UnicodeDecodeError:
        raise click.UsageError("The password is not valid UTF-8.") from None
    if not line:
        raise click.UsageError("Give the password as the first line of standard input.")
    return line.rstrip("\r\n")
