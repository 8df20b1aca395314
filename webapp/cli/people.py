"""What commands share that act for an account: whose it is, and how a password is given."""

from __future__ import annotations

import sys
from functools import wraps
from typing import TYPE_CHECKING, Any

import click
from flask.cli import AppGroup

from webapp.cli.schema import check_up_to_date, upgrade_if_needed
from webapp.config.settings import Settings
from webapp.errors import AppError
from webapp.services.accounts.accounts import all_accounts, find_account, first_to_be
from webapp.services.users import CurrentUser
from webapp.state import current

if TYPE_CHECKING:
    from collections.abc import Callable

VIA = "command line"

user_option: Callable[[Any], Any] = click.option(
    "--user", "user_name", metavar="NAME", help="Whose account; needed where there are several."
)


class Commands(AppGroup):
    """Commands on the app's data. What a service refuses is told in its sentence.

    A command runs on a database that is up to date. One that is declared with `upgrades=True` brings it there first,
    which makes it if there is none; any other says what to do.
    """

    def command(  # type: ignore[override] # click overloads it for uses without brackets, which there are none of
        self, *args: Any, upgrades: bool = False, **options: Any
    ) -> Callable[[Any], click.Command]:
        """Declare a command."""
        declare = super().command(*args, **options)

        def declare_on_database(run: Callable[..., Any]) -> click.Command:
            @wraps(run)
            def run_on_database(*given: Any, **named: Any) -> Any:
                (upgrade_if_needed if upgrades else check_up_to_date)(current(Settings))
                return run(*given, **named)

            return declare(run_on_database)

        return declare_on_database

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command."""
        try:
            return super().invoke(ctx)
        except AppError as error:
            raise click.ClickException(error.detail) from None


def operator() -> CurrentUser:
    """Return who acts on accounts from the command line: nobody's account, and allowed all that administrators are."""
    return CurrentUser("", "operator", is_admin=True, via=VIA)


def acting_for(name: str | None) -> CurrentUser:
    """Return the account that a command acts for: the one named, or the only one.

    Before there is one, it is whoever will take the first.
    """
    if name:
        account = find_account(name)
        return CurrentUser(account.id, account.name, account.is_admin, VIA)
    accounts = all_accounts()
    if not accounts:
        return first_to_be(VIA)
    if len(accounts) > 1:
        names = ", ".join(account.name for account in accounts)
        raise click.UsageError(f"There are several accounts. Say whose: --user NAME (one of {names}).")
    return CurrentUser(accounts[0].id, accounts[0].name, accounts[0].is_admin, VIA)


def ask_password() -> str:
    """Read a password: twice from a terminal, else the first line of standard input. It is never an argument."""
    if sys.stdin.isatty():
        return str(click.prompt("Password", hide_input=True, confirmation_prompt="Once more"))
    try:
        line = sys.stdin.readline()
    except UnicodeDecodeError:
        raise click.UsageError("The password is no text in UTF-8.") from None
    if not line:
        raise click.UsageError("Give the password as the first line of standard input.")
    return line.rstrip("\r\n")
