"""The jobs of imports, and the runner that carries them out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import update

from webapp.database.transaction import writing
from webapp.ids import utc_now
from webapp.models import IngestRun, table_of
from webapp.services.ingest.reading import read_import
from webapp.services.ingest.undoing import undo_written
from webapp.services.ingest.uploads import is_here, remove_uploads
from webapp.services.ingest.values import READ, UNDO, WRITE
from webapp.services.ingest.writing import write_import
from webapp.services.jobs.values import JobKind

if TYPE_CHECKING:
    from webapp.services.jobs.claims import Claim

_runs = table_of(IngestRun)


def import_jobs() -> dict[str, JobKind]:
    """Return the kinds of jobs by name."""
    return {
        READ: JobKind(read_import, is_here, _fail),
        WRITE: JobKind(write_import, is_here, _fail),
        UNDO: JobKind(undo_written, lambda _run_id: True, _fail),
    }


def _fail(claim: Claim, reason: str) -> None:
    """Store why an import failed. What it has written stays, and can be undone."""
    with writing() as connection:
        values = {"state": "failed", "problem": reason, "ended_at": utc_now()}
        connection.execute(update(_runs).where(_runs.c.id == claim.subject_id).values(**values))
    # It is not read again.
    remove_uploads(str(claim.subject_id))
