from __future__ import annotations

import re
from datetime import timedelta

import click

from webapp.cli.commands import Commands, acting_for, user_option
from webapp.services.accounts.tokens import create_token, list_tokens, revoke_token

tokens = Commands("tokens", help="Create, list and revoke API tokens.")

_UNITS = {"d": "days", "h": "hours", "w": "weeks"}


class Lifetime(click.ParamType[timedelta]):
    """A token's lifetime, such as 90d, 12h or 4w."""

    name = "lifetime"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> timedelta:
        match = re.fullmatch(r"([0-9]{1,5})([dhw])", str(value))
        if not match:
            self.fail(f"{value!r} is not a duration such as 90d, 12h or 4w.", param, ctx)
        return timedelta(**{_UNITS[match[2]]: int(match[1])})


@tokens.command("create")
@click.argument("name")
@user_option
@click.option("--read-only", is_flag=True, help="Allow reading only.")
@click.option("--expires", type=Lifetime(), help="Lifetime (90d, 12h, 4w). The default is until it is revoked.")
def create(name: str, user_name: str | None, read_only: bool, expires: timedelta | None) -> None:
    """Create a token and print it. It is never shown again."""
    secret, _ = create_token(acting_for(user_name), name, read_only=read_only, lifetime=expires)
    click.echo(secret)


@tokens.command("list")
@user_option
def index(user_name: str | None) -> None:
    """List an account's tokens."""
    for token in list_tokens(acting_for(user_name)):
        used = f"last used {token.used_at:%Y-%m-%d} from {token.used_from}" if token.used_at else "not used yet"
        expires = f"until {token.expires_at:%Y-%m-%d %H:%M}" if token.expires_at else "until revoked"
        mode = "read-only" if token.read_only else "read and write"
        click.echo(f"{token.id}  {token.prefix}…  {mode}, {expires}, {used}  {token.name}")


@tokens.command("revoke")
@click.argument("token")
@user_option
def revoke(token: str, user_name: str | None) -> None:
    """Revoke a token. TOKEN is its id or at least its first eight characters."""
    user = acting_for(user_name)
    matches = [
        one for one in list_tokens(user) if token == one.id or (len(token) >= 8 and token.startswith(one.prefix))
    ]
    if len(matches) != 1:
        raise click.ClickException(f"{len(matches)} tokens of {user.name} match. List the ids: minutebook tokens list")
    revoke_token(user, matches[0].id)
    click.echo(f"Revoked: {matches[0].name}")
