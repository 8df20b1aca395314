"""The rows of jobs: adding, claiming, ending."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, insert, select, update

from webapp.database.transaction import leave_transaction, read_connection, writing
from webapp.ids import new_id, utc_now
from webapp.models import Job, table_of
from webapp.services.jobs.claims import Claim
from webapp.services.jobs.holders import is_abandoned, is_held
from webapp.services.jobs.values import JobState
from webapp.services.workers.clock import is_silent

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from sqlalchemy import Connection

    from webapp.services.jobs.values import JobKind

_jobs = table_of(Job)

#: A job that ended its process so often, without coming farther, does not begin again.
_MOST_ATTEMPTS = 20
#: From this attempt on, it waits longer each time: a job that ends the server must not end it all the time.
_PATIENT_FROM = 5
_PAUSE, _LONGEST_PAUSE = timedelta(seconds=2), timedelta(minutes=1)

_CLAIMABLE = (
    select(
        _jobs.c.id, _jobs.c.kind, _jobs.c.subject_id, _jobs.c.owner_id, _jobs.c.state, _jobs.c.attempt,
        _jobs.c.heartbeat_at, _jobs.c.attempts,
    )
    .where(_jobs.c.state.in_(("waiting", "running")))
    .order_by(_jobs.c.created_at, _jobs.c.id)
    .with_for_update(skip_locked=True)
)  # fmt: skip
_CLAIM = (
    update(_jobs)
    .where(_jobs.c.id == bindparam("job_id"))
    .values(state="running", attempt=bindparam("made"), attempts=_jobs.c.attempts + 1, heartbeat_at=bindparam("now"))
    .returning(_jobs.c.attempts)
)
_END = (
    update(_jobs)
    .where(_jobs.c.id == bindparam("job_id"), _jobs.c.attempt == bindparam("held"))
    .values(state=bindparam("end_state"), reason=bindparam("why"), ended_at=bindparam("now"), attempt=None)
)
_HELD = select(_jobs.c.id).where(_jobs.c.id == bindparam("job_id"), _jobs.c.attempt == bindparam("held"))
_STATE = select(*(_jobs.c[name] for name in JobState._fields))


def add_job(connection: Connection, kind: str, subject_id: str | None, owner_id: str | None) -> str:
    """Add a job in the caller's transaction and return its id. A process claims it once that is committed."""
    row = {"id": new_id(), "kind": kind, "subject_id": subject_id, "owner_id": owner_id, "created_at": utc_now()}
    connection.execute(insert(_jobs), row | {"state": "waiting", "done": 0, "farthest": 0, "attempts": 0})
    return str(row["id"])


def job_of(connection: Connection, subject_id: str) -> JobState | None:
    """Return the latest job that works on something."""
    statement = _STATE.where(_jobs.c.subject_id == subject_id).order_by(_jobs.c.created_at.desc(), _jobs.c.id.desc())
    row = connection.execute(statement.limit(1)).first()
    return JobState._make(row) if row else None


def claim_job(
    kinds: Mapping[str, JobKind],
    locks: Path,
    *,
    subject_id: str | None = None,
    must_stop: Callable[[], bool] = lambda: False,
    report: Callable[[int, int | None], None] = lambda _done, _total: None,
) -> Claim | None:
    """Claim the oldest job that nobody works on and that this machine can do. None if there is none.

    `subject_id` asks for the job that works on it.

    A job whose process died is claimed again: at once if it died on this machine, else after its silence.
    """
    if not _is_any_claimable():
        return None
    with writing() as connection:
        for row in connection.execute(_CLAIMABLE).all():
            if subject_id not in (None, row.subject_id) or not _is_free(row, locks):
                continue
            kind = kinds.get(row.kind)
            if kind is None or not kind.is_here(row.subject_id):
                continue
            values = {"job_id": row.id, "made": new_id(), "now": utc_now()}
            attempts = connection.execute(_CLAIM, values).scalar_one()
            claim = Claim(
                row.id, values["made"], row.kind, row.subject_id, row.owner_id, must_stop=must_stop, report=report
            )
            if attempts <= _MOST_ATTEMPTS:
                return claim
            break
        else:
            return None
    fail_job(claim, kinds[claim.kind], "It ended the server several times, so it was given up. See the server's log.")
    return None


def _is_any_claimable() -> bool:
    """Look without the write lock, because a process asks every few seconds."""
    statement = select(_jobs.c.id).where(_jobs.c.state.in_(("waiting", "running"))).limit(1)
    return read_connection().execute(statement).first() is not None


def _is_free(row: Any, locks: Path) -> bool:
    if row.state == "waiting" or row.attempt is None or row.heartbeat_at is None:
        return True
    if is_held(locks, row.attempt):
        # A transaction may be longer than any silence.
        return False
    if not is_abandoned(locks, row.attempt):
        return is_silent(row.heartbeat_at)
    pause = min(_LONGEST_PAUSE, _PAUSE * max(0, row.attempts - _PATIENT_FROM))
    return bool(abs(utc_now() - row.heartbeat_at) >= pause)


def withdraw_job(connection: Connection, subject_id: str) -> None:
    """End the unfinished jobs that work on something, in the caller's transaction. Whoever holds one stores no more."""
    connection.execute(
        update(_jobs)
        .where(_jobs.c.subject_id == subject_id, _jobs.c.state.in_(("waiting", "running")))
        .values(state="done", attempt=None, ended_at=utc_now())
    )


def finish_job(claim: Claim) -> None:
    with writing() as connection:
        end_in(connection, claim, "done")


def fail_job(claim: Claim, kind: JobKind, reason: str) -> None:
    """Store the failure with the job and with what it worked on. Does nothing if the claim is lost."""
    if read_connection().execute(_HELD, {"job_id": claim.job_id, "held": claim.attempt}).first() is None:
        return
    leave_transaction()
    kind.fail(claim, reason)
    with writing() as connection:
        end_in(connection, claim, "failed", reason)


def release_job(claim: Claim) -> None:
    """Let another process continue the job."""
    with writing() as connection:
        end_in(connection, claim, "waiting")


def end_in(connection: Connection, claim: Claim, state: str, reason: str | None = None) -> None:
    """Store the end of a claim in the caller's transaction. Does nothing if the claim is lost."""
    now = None if state == "waiting" else utc_now()
    values = {"job_id": claim.job_id, "held": claim.attempt, "end_state": state, "why": reason, "now": now}
    connection.execute(_END, values)
