from __future__ import annotations

import re
from datetime import timedelta

import click

from webapp.cli.people import Commands, acting_for, user_option
from webapp.services.accounts.tokens import create_token, list_tokens, revoke_token

tokens = Commands("tokens", help="Make, list and revoke API tokens.")

_UNITS = {"d": "days", "h": "hours", "w": "weeks"}


class Lifetime(click.ParamType[timedelta]):
    """How long a token lives: 90d, 12h, 4w."""

    name = "lifetime"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> timedelta:
        """Return the time as a timedelta."""
        found = re.fullmatch(r"([0-9]{1,5})([dhw])", str(value))
        if not found:
            self.fail(f"{value!r} is no time such as 90d, 12h or 4w.", param, ctx)
        return timedelta(**{_UNITS[found[2]]: int(found[1])})


@tokens.command("create")
@click.argument("name")
@user_option
@click.option("--read-only", is_flag=True, help="Read-only.")
@click.option("--expires", type=Lifetime(), help="How long it lives (90d, 12h, 4w); without it, until it is revoked.")
def create(name: str, user_name: str | None, read_only: bool, expires: timedelta | None) -> None:
    """Create token and print it, and nothing else: it is never shown again."""
    secret, _ = create_token(acting_for(user_name), name, read_only=read_only, lifetime=expires)
    click.echo(secret)


@tokens.command("list")
@user_option
def index(user_name: str | None) -> None:
    """List an account's tokens."""
    for token in list_tokens(acting_for(user_name)):
        used = f"last used {token.used_at:%Y-%m-%d} from {token.used_from}" if token.used_at else "not used yet"
        expires = f"until {token.expires_at:%Y-%m-%d %H:%M}" if token.expires_at else "until revoked"
        mode = "reads only" if token.read_only else "reads and writes"
        click.echo(f"{token.id}  {token.prefix}…  {mode}, {expires}, {used}  {token.name}")


@tokens.command("revoke")
@click.argument("token")
@user_option
def revoke(token: str, user_name: str | None) -> None:
    """Let a token open nothing any more. TOKEN is its id, or its first eight characters or more."""
    user = acting_for(user_name)
    found = [one for one in list_tokens(user) if token == one.id or (len(token) >= 8 and token.startswith(one.prefix))]
    if len(found) != 1:
        raise click.ClickException(f"{len(found)} tokens of {user.name} go by that. `minutebook tokens list` has ids.")
    revoke_token(user, found[0].id)
    click.echo(f"Revoked: {found[0].name}")
