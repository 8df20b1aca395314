from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from webapp.cli.commands import Commands, acting_for, user_option
from webapp.database.types import instant_text
from webapp.services.files.notes import with_file_notes
from webapp.services.sessions.changes import archive_session, get_session, rename_session, restore_session
from webapp.services.sessions.listing import SessionFilter, list_sessions
from webapp.services.sessions.purge import purge_session
from webapp.services.transcripts.reading import read_transcript

if TYPE_CHECKING:
    from webapp.services.instruction_values import Instruction


class SessionId(click.ParamType[str]):
    """A session id in upper or lower case."""

    name = "session_id"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        return str(click.UUID.convert(value, param, ctx))


SESSION_ID = SessionId()

sessions = Commands("sessions", help="List, show and change chat sessions.")


@sessions.command("list")
@click.option("--archived", is_flag=True, help="List archived chats only.")
@click.option("--all", "everything", is_flag=True, help="Include archived chats.")
@click.option("--limit", type=click.IntRange(min=1), default=50, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object per line.")
@user_option
def index(archived: bool, everything: bool, limit: int, as_json: bool, user_name: str | None) -> None:
    """List chat sessions, pinned first, then newest first."""
    user = acting_for(user_name)
    filters = SessionFilter("only" if archived else "all" if everything else "no")
    cursor, left = None, limit
    while left > 0:
        page = list_sessions(user, filters, limit=min(left, 100), cursor=cursor)
        for session in page.data:
            if as_json:
                moments = ("created_at", "updated_at", "last_activity_at")
                plain = session._asdict() | {name: instant_text(getattr(session, name)) for name in moments}
                del plain["instructions_digest"]
                click.echo(json.dumps(plain, ensure_ascii=False))
            else:
                moment = f"{session.last_activity_at:%Y-%m-%d %H:%M}"
                click.echo(f"{session.id}  {moment}  {session.message_count:>5}  {session.title}")
        left -= len(page.data)
        cursor = page.next
        if cursor is None:
            break


@sessions.command("show")
@click.argument("session_id", type=SESSION_ID)
@user_option
def show(session_id: str, user_name: str | None) -> None:
    """Print a transcript, its messages numbered as on the page."""
    page = read_transcript(acting_for(user_name), session_id)
    click.echo(f"{page.session.title}\n")
    for message in page.messages:
        for instruction in page.instructions:
            if instruction.at_idx == message.idx:
                click.echo(_instruction(instruction))
        text = (
            f"(removed on {message.struck_at:%Y-%m-%d})"
            if message.struck_at
            else with_file_notes(message.content, message.files)
        )
        click.echo(f"{message.idx + 1}. {message.role}, {message.create_time:%Y-%m-%d %H:%M} UTC\n{text}\n")


def _instruction(instruction: Instruction) -> str:
    """Return what holds from here on. It has no number."""
    text = instruction.content
    if instruction.struck_at:
        text = f"(removed on {instruction.struck_at:%Y-%m-%d})"
    head = f"Instructions of the {instruction.origin}, {instruction.made_at:%Y-%m-%d %H:%M} UTC"
    return f"{head}: none from here on\n" if text is None else f"{head}\n{text}\n"


@sessions.command("rename")
@click.argument("session_id", type=SESSION_ID)
@click.argument("title")
@user_option
def rename(session_id: str, title: str, user_name: str | None) -> None:
    """Rename a chat session. An empty title restores the automatic one."""
    click.echo(rename_session(acting_for(user_name), session_id, title).title)


@sessions.command("archive")
@click.argument("session_id", type=SESSION_ID)
@user_option
def archive(session_id: str, user_name: str | None) -> None:
    """Archive a chat session."""
    archive_session(acting_for(user_name), session_id)


@sessions.command("restore")
@click.argument("session_id", type=SESSION_ID)
@user_option
def restore(session_id: str, user_name: str | None) -> None:
    """Restore an archived chat session."""
    restore_session(acting_for(user_name), session_id)


@sessions.command("purge")
@click.argument("session_id", type=SESSION_ID)
@click.confirmation_option(prompt="Delete this chat permanently?")
@user_option
def purge(session_id: str, user_name: str | None) -> None:
    """Delete an archived chat session permanently."""
    user = acting_for(user_name)
    title = get_session(user, session_id).title
    purge_session(user, session_id)
    click.echo(f"Deleted permanently: {title}")
