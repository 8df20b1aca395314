from __future__ import annotations

import math

import click

from webapp.cli.commands import Commands, acting_for, user_option
from webapp.cli.sessions import SessionId
from webapp.services.strikes.strike import strike_message

messages = Commands("messages", help="Change single messages.")


class MessageId(SessionId):
    name = "message_id"


@messages.command("strike")
@click.argument("message_id", type=MessageId())
@click.confirmation_option(prompt="Remove the text of this message for good?")
@user_option
def strike(message_id: str, user_name: str | None) -> None:
    """Remove the text of a message for good. Its number and its date stay."""
    done = strike_message(acting_for(user_name), message_id, seconds=math.inf)
    click.echo(f"The text was removed on {done.struck_at:%Y-%m-%d %H:%M} UTC.")
    for answer_id in done.also_struck:
        click.echo(f"An answer that repeated it was removed as well: {answer_id}")
