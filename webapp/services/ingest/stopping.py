"""Stopping an import. What it has written stays, and a confirmation lets it go on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import update

from webapp.database.transaction import writing
from webapp.ids import utc_now
from webapp.models import IngestRun, table_of
from webapp.services.ingest.runs import conflict, read_run
from webapp.services.ingest.uploads import remove_uploads
from webapp.services.jobs.store import withdraw_job

if TYPE_CHECKING:
    from webapp.services.ingest.values import Run
    from webapp.services.users import CurrentUser

_runs = table_of(IngestRun)

UNREAD = "It was stopped while the files were read. Nothing was written. To import them, send them again."


def stop_import(user: CurrentUser, run_id: str) -> Run:
    """Stop an import that is being read or written. A second call changes nothing.

    The batch that is being written is rolled back. One that was being written is then `ready` again, with an end; one
    that was being read has failed. Raises NotFound, and Conflict if there is nothing to stop.
    """
    with writing() as connection:
        run = read_run(connection, user, run_id, lock=True)
        if run.is_stopped or (run.state, run.problem) == ("failed", UNREAD):
            return run
        if run.state not in ("reading", "writing"):
            raise conflict(run)
        withdraw_job(connection, run_id)
        is_read = run.state == "writing"
        values = {"state": "ready" if is_read else "failed", "problem": None if is_read else UNREAD}
        connection.execute(update(_runs).where(_runs.c.id == run_id).values(ended_at=utc_now(), **values))
        run = read_run(connection, user, run_id)
    if not is_read:
        remove_uploads(run_id)
    return run
