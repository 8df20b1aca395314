"""`minutebook import`: read exports of other programs, show the report, and write it."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click
from flask.cli import with_appcontext

from webapp.cli.commands import Commands, SentenceCommand, acting_for, user_option
from webapp.cli.database_checks import check_up_to_date
from webapp.cli.progress import Bar
from webapp.config.settings import Settings
from webapp.database.transaction import leave_transaction
from webapp.importers.left_out import phrase
from webapp.services.ingest.report import read_lines
from webapp.services.ingest.runs import (
    confirm_import,
    discard_import,
    get_import,
    list_imports,
    start_import_of_paths,
    undo_import,
)
from webapp.services.ingest.stopping import stop_import
from webapp.services.ingest.undoing import preview_undo
from webapp.services.jobs.running import JobRunner
from webapp.state import current

if TYPE_CHECKING:
    from collections.abc import Sequence

    from webapp.services.ingest.values import Run
    from webapp.services.users import CurrentUser

_STATES = {
    "new": "new",
    "grown": "with more messages than here",
    "changed": "with other messages than here",
    "unchanged": "already here",
    "continued": "continued here, left as they are",
}
_LOOK_SECONDS = 0.5
_DOING = {"reading": "Reading", "writing": "Writing", "undoing": "Undoing"}

imports = Commands("imports", help="List and undo imports.")


@click.command("import", cls=SentenceCommand)
@click.argument("paths", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@user_option
@click.option("--dry-run", is_flag=True, help="Show the report, and write nothing.")
@click.option("--format", "format_name", metavar="NAME", help="The format. Without it, it is found by the content.")
@click.option("--yes", is_flag=True, help="Write without asking.")
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON, a line for each conversation.")
@with_appcontext
def import_files(
    paths: Sequence[Path], user_name: str | None, dry_run: bool, format_name: str | None, yes: bool, as_json: bool
) -> None:
    """Import chats of other programs: files, archives or folders.

    Chats of an archive that `minutebook export` wrote come back with their ids, times and order.
    """
    check_up_to_date(current(Settings))
    user = acting_for(user_name)
    run = start_import_of_paths(user, paths, confirmed=yes and not dry_run, format_name=format_name)
    run = _carry_out(user, run)
    _show(user, run, as_json=as_json)
    brings = (run.counts or {}).get("messages", 0)
    if run.state == "ready" and brings and not dry_run and click.confirm("Import this?", err=True):
        run = _carry_out(user, confirm_import(user, run.id))
    if run.state == "done":
        click.echo(f"Imported. To undo it: minutebook imports undo {run.id}", err=True)
        return
    if run.state == "ready" or not run.counts:
        discard_import(user, run.id)
    if run.state == "failed":
        raise click.ClickException(run.problem or "The files could not be read.")
    click.echo("Nothing was imported." if brings else "There is nothing new to import.", err=True)


@imports.command("list")
@user_option
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object per line.")
def index(user_name: str | None, as_json: bool) -> None:
    """List the latest imports, the newest first."""
    for run in list_imports(acting_for(user_name)):
        if as_json:
            click.echo(json.dumps(_run_json(run)))
        else:
            click.echo(f"{run.id}  {run.created_at:%Y-%m-%d %H:%M}  {run.state:8}  {run.source}")


@imports.command("confirm")
@click.argument("import_id", type=click.UUID)
@user_option
def confirm(import_id: Any, user_name: str | None) -> None:
    """Write an import whose report is ready, or continue one that was stopped."""
    user = acting_for(user_name)
    run = _carry_out(user, confirm_import(user, str(import_id)))
    if run.state != "done":
        raise click.ClickException(run.problem or "The import is not complete.")
    click.echo(f"Imported. To undo it: minutebook imports undo {run.id}", err=True)


@imports.command("stop")
@click.argument("import_id", type=click.UUID)
@user_option
def stop(import_id: Any, user_name: str | None) -> None:
    """Stop an import, wherever it runs. What it has written stays until it is undone."""
    click.echo(_how_it_stopped(stop_import(acting_for(user_name), str(import_id))))


@imports.command("undo")
@click.argument("import_id", type=click.UUID)
@click.option("--yes", is_flag=True, help="Do not ask.")
@user_option
def undo(import_id: Any, yes: bool, user_name: str | None) -> None:
    """Take out what an import brought. Chats that were continued here stay."""
    user = acting_for(user_name)
    preview = preview_undo(user, str(import_id))
    click.echo(
        f"{preview.removed:,} chats will be deleted, {preview.shortened:,} will be as they were before.", err=True
    )
    for title in preview.kept:
        click.echo(f"Stays, because it was continued here: {title}", err=True)
    if not yes:
        click.confirm("Undo this import?", abort=True, err=True)
    run = _carry_out(user, undo_import(user, str(import_id)))
    click.echo("The import was undone." if run.state == "undone" else run.problem or "The undo is not complete.")


def _carry_out(user: CurrentUser, run: Run) -> Run:
    """Do the import's work in this process, with a progress bar. Ctrl+C stops the import, and says what to do then."""
    while run.state in _DOING:
        try:
            with Bar(_DOING[run.state]) as bar:
                if not current(JobRunner).run_now(run.id, bar.show):
                    _watch(user, run, bar)
        except KeyboardInterrupt:
            leave_transaction()
            _interrupted(user, run.id)
        run = get_import(user, run.id)
        leave_transaction()
    return run


def _interrupted(user: CurrentUser, run_id: str) -> NoReturn:
    run = get_import(user, run_id)
    leave_transaction()
    if run.state == "undoing":
        said = f"Interrupted. The server goes on with the undo, or: minutebook imports undo {run_id}"
    elif run.state in _DOING:
        said = _how_it_stopped(stop_import(user, run_id))
    elif run.state == "done":
        said = f"The import was complete already. To undo it: minutebook imports undo {run_id}"
    else:
        said = f"Stopped. The import is {run.state}."
    raise click.ClickException(said)


def _how_it_stopped(run: Run) -> str:
    if not run.is_stopped:
        return run.problem or "It is stopped."
    return (
        f"Stopped after chat {run.written_to:,} of {run.line_count:,}. What was written is whole, and stays.\n"
        f"To go on: minutebook imports confirm {run.id}\n"
        f"To take it out: minutebook imports undo {run.id}"
    )


def _watch(user: CurrentUser, run: Run, bar: Bar) -> None:
    """Show the progress while another process does the work, or nobody can."""
    state = run.state
    while run.state == state:
        bar.show(int(1000 * (run.progress or 0)), 1000)
        time.sleep(_LOOK_SECONDS)
        run = get_import(user, run.id)
        leave_transaction()
        if current(JobRunner).run_now(run.id, bar.show):
            return


def _show(user: CurrentUser, run: Run, *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(_run_json(run)))
        cursor, is_last = None, False
        while not is_last:
            page = read_lines(user, run.id, cursor=cursor, limit=500)
            for line in page.data:
                click.echo(json.dumps(line._asdict()))
            cursor, is_last = page.next, page.next is None
        return
    counts = run.counts
    if counts is None:
        return
    click.echo(f"{counts['conversations']:,} chats found ({', '.join(run.formats or [])})")
    for state, words in _STATES.items():
        if counts.get(state):
            click.echo(f"  {counts[state]:,} {words}")
    click.echo(f"  {counts.get('messages', 0):,} messages and {counts.get('files', 0):,} files to import")
    if run.left_out:
        click.echo("Left out, or shown as a note:")
        for kind, count in sorted(run.left_out.items(), key=lambda pair: -pair[1]):
            click.echo(f"  {phrase(kind, count)}")


def _run_json(run: Run) -> dict[str, Any]:
    return run._asdict() | {
        "created_at": run.created_at.isoformat(),
        "ended_at": run.ended_at and run.ended_at.isoformat(),
    }
