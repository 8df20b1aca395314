"""Imports of a user: starting, reading, confirming, discarding."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, delete, insert, select, update

from webapp.database.transaction import read_connection, writing
from webapp.errors import Conflict, Invalid, NotFound
from webapp.ids import new_id, utc_now
from webapp.importers.formats import LABELS
from webapp.models import IngestConversation, IngestRun, Job, table_of
from webapp.services.idempotency import begin_once, end_once
from webapp.services.ingest.uploads import name_paths, remove_uploads, store_uploads
from webapp.services.ingest.values import READ, UNDO, WRITE, Run
from webapp.services.jobs.running import JobRunner
from webapp.services.jobs.store import add_job, job_of
from webapp.state import current

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from sqlalchemy import Connection

    from webapp.services.idempotency import RequestKey
    from webapp.services.ingest.uploads import UploadedFile
    from webapp.services.users import CurrentUser

_runs = table_of(IngestRun)
_lines = table_of(IngestConversation)
_jobs = table_of(Job)

#: The imports that are listed.
_MOST_RUNS = 50
_RUN = tuple(_runs.c[name] for name in Run._fields if name not in Run._field_defaults)
_UPLOADS_KEPT = timedelta(days=7)
_STALE = "The upload was deleted, because it was not confirmed for a week. Import the files again."
_BUSY = ("reading", "writing", "undoing")


def start_import(
    user: CurrentUser,
    files: Iterable[UploadedFile],
    *,
    confirmed: bool = False,
    format_name: str | None = None,
    key: RequestKey | None = None,
) -> Run:
    """Store an upload and begin to read it. A `confirmed` import is written without asking.

    Raises Invalid for an unknown format or an upload that is empty or too large, Busy for a full disk, and for a `key`
    what `begin_once` raises.
    """
    _check_format(format_name)
    forget_stale_uploads(user)
    run_id = new_id()
    names = store_uploads(run_id, files)
    return _start(user, run_id, names, confirmed=confirmed, format_name=format_name, key=key)


def start_import_of_paths(
    user: CurrentUser, paths: Sequence[Path], *, confirmed: bool = False, format_name: str | None = None
) -> Run:
    """Begin an import of files and folders of this machine, which stay where they are. Raises Invalid."""
    _check_format(format_name)
    run_id = new_id()
    names = name_paths(run_id, paths)
    return _start(user, run_id, names, confirmed=confirmed, format_name=format_name)


def _start(
    user: CurrentUser,
    run_id: str,
    names: Sequence[str],
    *,
    confirmed: bool,
    format_name: str | None,
    key: RequestKey | None = None,
) -> Run:
    row = {
        "id": run_id, "owner_id": user.id, "state": "reading", "source": ", ".join(names)[:500], "confirmed": confirmed,
        "format_name": format_name, "written_to": 0, "created_at": utc_now(),
    }  # fmt: skip
    try:
        with writing() as connection:
            begin_once(connection, user, key)
            connection.execute(insert(_runs), row)
            add_job(connection, READ, run_id, user.id)
            run = read_run(connection, user, run_id)
            end_once(connection, user, key, run)
    except BaseException:
        remove_uploads(run_id)
        raise
    current(JobRunner).wake()
    return run


def forget_stale_uploads(user: CurrentUser) -> None:
    """Delete the uploads whose report was not confirmed for a week. The report stays."""
    oldest = utc_now() - _UPLOADS_KEPT
    stale = (_runs.c.owner_id == user.id) & (_runs.c.state == "ready") & (_runs.c.created_at < oldest)
    found = read_connection().scalars(select(_runs.c.id).where(stale)).all()
    if not found:
        return
    with writing() as connection:
        connection.execute(update(_runs).where(stale).values(state="failed", problem=_STALE, ended_at=utc_now()))
    for run_id in found:
        remove_uploads(run_id)


def get_import(user: CurrentUser, run_id: str) -> Run:
    """Return one import with its progress. Raises NotFound, also for another user's."""
    return read_run(read_connection(), user, run_id)


def list_imports(user: CurrentUser) -> list[Run]:
    """Return the user's latest imports, the newest first."""
    statement = select(*_RUN).where(_runs.c.owner_id == user.id).order_by(_runs.c.created_at.desc(), _runs.c.id.desc())
    return [Run(*row) for row in read_connection().execute(statement.limit(_MOST_RUNS))]


def confirm_import(user: CurrentUser, run_id: str) -> Run:
    """Write an import whose report its user has seen. A second call changes nothing.

    One that was stopped goes on. Raises NotFound, and Conflict if it is not read yet, failed, or was undone.
    """
    with writing() as connection:
        run = read_run(connection, user, run_id, lock=True)
        if run.state not in ("writing", "done"):
            if run.state != "ready":
                raise conflict(run)
            begin(connection, run_id, user.id, "writing", WRITE)
        run = read_run(connection, user, run_id)
    current(JobRunner).wake()
    return run


def undo_import(user: CurrentUser, run_id: str) -> Run:
    """Take out what an import brought. Chats that were continued here stay. A second call changes nothing.

    Raises NotFound, and Conflict if it was not written.
    """
    with writing() as connection:
        run = read_run(connection, user, run_id, lock=True)
        if run.state not in ("undoing", "undone"):
            if not _is_undoable(connection, run):
                raise conflict(run)
            begin(connection, run_id, user.id, "undoing", UNDO)
        run = read_run(connection, user, run_id)
    current(JobRunner).wake()
    return run


def is_undoable(user: CurrentUser, run_id: str) -> bool:
    """Say whether an import has written something that can be taken out. Raises NotFound."""
    connection = read_connection()
    return _is_undoable(connection, read_run(connection, user, run_id))


def _is_undoable(connection: Connection, run: Run) -> bool:
    return run.state == "done" or (run.state in ("failed", "ready") and has_written(connection, run.id))


def discard_import(user: CurrentUser, run_id: str) -> None:
    """Delete an import that was not written, with its upload and its report. Raises NotFound and Conflict."""
    with writing() as connection:
        run = read_run(connection, user, run_id, lock=True)
        if run.state in _BUSY or run.state == "done" or has_written(connection, run_id):
            raise conflict(run)
        connection.execute(delete(_lines).where(_lines.c.run_id == run_id))
        connection.execute(delete(_jobs).where(_jobs.c.subject_id == run_id))
        connection.execute(delete(_runs).where(_runs.c.id == run_id))
    remove_uploads(run_id)


def begin(connection: Connection, run_id: str, owner_id: str, state: str, kind: str) -> None:
    """Set an import's state and add the job for it, in the caller's transaction."""
    connection.execute(update(_runs).where(_runs.c.id == run_id).values(state=state, problem=None, ended_at=None))
    add_job(connection, kind, run_id, owner_id)


def read_run(connection: Connection, user: CurrentUser, run_id: str, *, lock: bool = False) -> Run:
    """Return the user's import. Raises NotFound."""
    statement = select(*_RUN).where(_runs.c.id == bindparam("run_id"), _runs.c.owner_id == bindparam("owner"))
    if lock:
        statement = statement.with_for_update()
    row = connection.execute(statement, {"run_id": run_id, "owner": user.id}).first()
    if row is None:
        raise NotFound("There is no such import. Choose one from the list of imports.")
    return _with_progress(connection, Run(*row)) if row.state in _BUSY else Run(*row)


def _with_progress(connection: Connection, run: Run) -> Run:
    job = job_of(connection, run.id)
    if job is None or not job.total:
        return run
    done = min(job.done, job.total)
    return run._replace(progress=round(done / job.total, 4), done=done, total=job.total)


def has_written(connection: Connection, run_id: str) -> bool:
    statement = select(_lines.c.position).where(_lines.c.run_id == run_id, _lines.c.outcome == "written").limit(1)
    return connection.execute(statement).first() is not None


def conflict(run: Run) -> Conflict:
    sentences = {
        "reading": "The upload is still being read. Wait until its report is ready.",
        "ready": "This import was not written yet. Confirm it, or discard it.",
        "writing": "This import is being written. Wait until it is complete.",
        "done": "This import is written already. It can be undone.",
        "failed": "This import failed. Import the files again.",
        "undoing": "This import is being undone. Wait until that is complete.",
        "undone": "This import was undone. Import the files again.",
    }
    facts: dict[str, Any] = {"state": run.state}
    stopped = "This import was stopped. Let it go on, or undo what it has written."
    return Conflict(stopped if run.is_stopped else sentences[run.state], facts=facts)


def _check_format(name: str | None) -> None:
    if name is not None and name not in LABELS:
        raise Invalid.field(
            "#/format", "unknown", f"There is no format “{name[:40]}”. Choose one of: {', '.join(LABELS)}."
        )
