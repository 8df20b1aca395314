"""A process's claim of a job, and the progress that it stores."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from sqlalchemy import BigInteger, bindparam, case, update

from webapp.database.transaction import writing
from webapp.ids import utc_now
from webapp.models import Job, table_of
from webapp.services.jobs.values import JobInterrupted, JobLost

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection

_jobs = table_of(Job)

#: Seconds between two heartbeats of a job that stores nothing else.
_BEAT_SECONDS = 2.0

_is_farther = bindparam("now_done", type_=BigInteger) > _jobs.c.farthest
_BEAT = (
    update(_jobs)
    .where(_jobs.c.id == bindparam("job_id"), _jobs.c.attempt == bindparam("held"))
    .values(
        done=bindparam("now_done"),
        total=bindparam("now_total"),
        heartbeat_at=bindparam("now"),
        farthest=case((_is_farther, bindparam("now_done")), else_=_jobs.c.farthest),
        attempts=case((_is_farther, 1), else_=_jobs.c.attempts),
    )
)


class Claim:
    """A job that this process works on. `report` gets the progress, `must_stop` says whether the process ends."""

    def __init__(
        self,
        job_id: str,
        attempt: str,
        kind: str,
        subject_id: str | None,
        owner_id: str | None,
        *,
        must_stop: Callable[[], bool] = lambda: False,
        report: Callable[[int, int | None], None] = lambda _done, _total: None,
    ) -> None:
        self.job_id = job_id
        self.attempt = attempt
        self.kind = kind
        self.subject_id = subject_id
        self.owner_id = owner_id
        self._must_stop = must_stop
        self._report = report
        self._beaten_at = time.monotonic()

    def store(self, connection: Connection, done: int, total: int | None) -> None:
        """Store the progress in the transaction of a batch.

        Raises JobLost, so that the batch is rolled back, and JobInterrupted if the process ends.
        """
        if self._must_stop():
            raise JobInterrupted
        values = {"job_id": self.job_id, "held": self.attempt, "now_done": done, "now_total": total, "now": utc_now()}
        if connection.execute(_BEAT, values).rowcount != 1:
            raise JobLost
        self._beaten_at = time.monotonic()
        self._report(done, total)

    def beat(self, done: int, total: int | None) -> None:
        """Store the progress from time to time, while there is nothing else to store. Raises what `store` raises."""
        if self._must_stop():
            raise JobInterrupted
        if time.monotonic() - self._beaten_at >= _BEAT_SECONDS:
            with writing() as connection:
                self.store(connection, done, total)
