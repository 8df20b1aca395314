from __future__ import annotations

import json
import os
import sys
from typing import TYPE_CHECKING, Any

import click

from webapp.cli.commands import Commands, operator
from webapp.database.types import instant_text
from webapp.services.assistants.checking import check_stored, save_connection
from webapp.services.assistants.connections import list_connections, remove_connection
from webapp.services.assistants.fields import read_headers
from webapp.services.assistants.models import list_models
from webapp.services.assistants.presets import PRESETS, find_preset
from webapp.services.assistants.values import Fields

if TYPE_CHECKING:
    from webapp.services.assistants.values import Connection, Outcome

models = Commands("models", help="Add, list, test and remove connections to servers with models.")

_PRESETS = [preset.slug for preset in PRESETS]


@models.command("add", upgrades=True)
@click.argument("name", required=False)
@click.argument("address", required=False)
@click.option("--preset", type=click.Choice(_PRESETS), help="A known server, instead of NAME and ADDRESS.")
@click.option("--key-env", metavar="VARIABLE", help="Read the key from this environment variable.")
@click.option("--no-key", is_flag=True, help="The server needs no key.")
@click.option("--header", "headers", multiple=True, metavar="'NAME: VALUE'", help="An extra header, not a secret.")
@click.option("--model", "named", multiple=True, metavar="MODEL", help="A model, for a server that lists none.")
def add(
    name: str | None,
    address: str | None,
    *,
    preset: str | None,
    key_env: str | None,
    no_key: bool,
    headers: tuple[str, ...],
    named: tuple[str, ...],
) -> None:
    """Add a connection and test it. It is stored also if the test fails.

    The key is asked for, or read from the first line of standard input or from --key-env. It is never an argument.
    """
    known = find_preset(preset or "")
    name, address = name or (known.name if known else None), address or (known.address if known else None)
    if not name or not address:
        raise click.UsageError("Give a NAME and an ADDRESS such as http://localhost:11434/v1, or a --preset.")
    fields = Fields(
        name=name,
        address=address,
        key="" if no_key else _read_key(key_env),
        headers=read_headers("\n".join(headers)),
    )
    saved = save_connection(operator(), fields, named=named)
    click.echo(f"Added {saved.name} ({saved.slug}).")
    _report(saved)


@models.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object per line.")
@click.option("--models", "with_models", is_flag=True, help="List the models of each connection, too.")
def index(as_json: bool, with_models: bool) -> None:
    """List the connections."""
    for connection in list_connections(operator()):
        if as_json:
            click.echo(json.dumps(_json(connection), ensure_ascii=False))
            continue
        key = (
            "from the environment" if connection.from_environment else "key stored" if connection.has_key else "no key"
        )
        shown = f"{connection.shown_count} of {connection.model_count} models shown"
        click.echo(f"{connection.slug}  {connection.address}  {key}, {shown}, {_standing(connection)}")
        if with_models:
            for model in list_models(operator(), connection.id).models:
                click.echo(f"  {model.key}{'' if model.is_shown else '  (hidden)'}")


@models.command("test")
@click.argument("connection")
def test(connection: str) -> None:
    """Test a connection and store the result. CONNECTION is its short name, its name or its id.

    The command fails if the server does not answer.
    """
    found = _find(connection)
    outcome = check_stored(operator(), found.id)
    _print(outcome)
    if not outcome.ok:
        raise click.ClickException(outcome.problem)
    click.echo("It answers.")


@models.command("remove")
@click.argument("connection")
@click.option("--yes", is_flag=True, help="Do not ask.")
def remove(connection: str, yes: bool) -> None:
    """Remove a connection with its key and models. Chats keep their messages."""
    found = _find(connection)
    if not yes:
        click.confirm(f"Remove {found.name} with its key and its models?", abort=True)
    remove_connection(operator(), found.id)
    click.echo(f"Removed: {found.name}")


def _read_key(variable: str | None) -> str:
    if variable is not None:
        if variable not in os.environ:
            raise click.UsageError(f"The environment variable {variable} is not set.")
        return os.environ[variable]
    if sys.stdin.isatty():
        return str(click.prompt("Key (empty for none)", hide_input=True, default="", show_default=False))
    try:
        return sys.stdin.readline().rstrip("\r\n")
    except UnicodeDecodeError:
        raise click.UsageError("The key is not valid UTF-8.") from None


def _find(text: str) -> Connection:
    found = [one for one in list_connections(operator()) if text in (one.slug, one.name, one.id)]
    if not found:
        raise click.ClickException(f"There is no connection {text!r}. List them: minutebook models list")
    if len(found) > 1:
        raise click.ClickException(f"{len(found)} connections match. List them: minutebook models list")
    return found[0]


def _report(connection: Connection) -> None:
    check = connection.check
    if check is not None and not check.ok:
        words = f" It said: {check.words}" if check.words else ""
        raise click.ClickException(f"It is stored, but does not answer. {check.sentence}{words}")
    click.echo(f"It answers and has {connection.model_count} models.")


def _print(outcome: Outcome) -> None:
    if outcome.models is not None:
        click.echo(f"Models: {len(outcome.models)} listed in {outcome.list_seconds:.1f} s")
    elif outcome.model:
        click.echo(f"Models: {outcome.list_problem}")
    if outcome.model and outcome.answer:
        how = "streamed" if outcome.streamed else "not streamed"
        click.echo(f"{outcome.model} said: {outcome.answer!r} after {outcome.seconds:.1f} s, {how}")
    if outcome.words:
        click.echo(f"The server said: {outcome.words}")


def _standing(connection: Connection) -> str:
    check = connection.check
    if not connection.is_readable:
        return "its key cannot be read: the secret key has changed"
    if check is None:
        return "not tested yet"
    return f"{'answers' if check.ok else 'does not answer'}, tested {check.at:%Y-%m-%d %H:%M}"


def _json(connection: Connection) -> dict[str, Any]:
    data = connection._asdict()
    for name in ("key_stored_at", "created_at", "listed_at"):
        data[name] = data[name] and instant_text(data[name])
    if connection.check:
        data["check"] = connection.check._asdict() | {"at": instant_text(connection.check.at)}
    return data
