"""Carrying out claimed jobs, in a thread of the serving process or in a command."""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING

from blinker import Signal
from sqlalchemy.exc import SQLAlchemyError

from webapp.database.transaction import leave_transaction
from webapp.errors import AppError
from webapp.observability.exceptions import describe_exception
from webapp.services.jobs.holders import holding
from webapp.services.jobs.store import claim_job, fail_job, finish_job, release_job
from webapp.services.jobs.values import JobFailed, JobInterrupted, JobLost

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from flask import Flask

    from webapp.services.jobs.claims import Claim
    from webapp.services.jobs.values import JobKind

log = logging.getLogger(__name__)

#: Sent with the app, the `kind` of the job, and its `ending`, one of `ENDINGS`.
job_ended = Signal()
ENDINGS = ("done", "failed")

#: Seconds between two looks for jobs of other processes. A job of this process begins at once.
_LOOK_SECONDS = 2.0
#: Jobs of a process at the same time.
_THREADS = 2
#: Seconds that the end of the process waits for a batch.
_LAST_SECONDS = 5.0


class JobRunner:
    """The jobs of this process. Nothing runs before `start`, which a server calls and a command does not."""

    def __init__(self, app: Flask, kinds: Mapping[str, JobKind], locks: Path) -> None:
        self._app = app
        self._kinds = kinds
        self._locks = locks
        self._threads: list[threading.Thread] = []
        self._wakes = threading.Semaphore(0)
        self._is_stopping = threading.Event()

    def start(self) -> None:
        for number in range(_THREADS):
            thread = threading.Thread(target=self._look, name=f"job {number}", daemon=True)
            thread.start()
            self._threads.append(thread)

    def wake(self) -> None:
        """Look for a job now, because one was added."""
        self._wakes.release()

    def stop(self) -> None:
        """Let running jobs end after their batch. Another process, or the next start, continues them."""
        self._is_stopping.set()
        for _ in self._threads:
            self._wakes.release()
        for thread in self._threads:
            thread.join(_LAST_SECONDS)

    def run_now(self, subject_id: str, report: Callable[[int, int | None], None]) -> bool:
        """Carry out the job that works on something, in this thread. Return False if another process has it."""
        claim = claim_job(self._kinds, self._locks, subject_id=subject_id, report=report)
        if claim is None:
            return False
        self._carry_out(claim)
        return True

    def _look(self) -> None:
        while not self._is_stopping.is_set():
            with self._app.app_context():
                has_worked = self._work_once()
            if not has_worked:
                self._wakes.acquire(timeout=_LOOK_SECONDS)

    def _work_once(self) -> bool:
        try:
            claim = claim_job(self._kinds, self._locks, must_stop=self._is_stopping.is_set)
            leave_transaction()
            if claim is not None:
                self._carry_out(claim)
        except (AppError, SQLAlchemyError) as error:
            # The database is locked, down or full. The job stays claimed, and is claimed again after its silence.
            log.warning("No job could be worked on: %s", describe_exception(error))
            return False
        return claim is not None

    def _carry_out(self, claim: Claim) -> None:
        kind = self._kinds[claim.kind]
        try:
            with holding(self._locks, claim.attempt):
                kind.run(claim)
            finish_job(claim)
            job_ended.send(self._app, kind=claim.kind, ending="done")
        except JobLost:
            log.warning("A job of the kind %s was stopped, or another process has taken it over.", claim.kind)
        except JobInterrupted:
            release_job(claim)
        except KeyboardInterrupt:
            release_job(claim)
            raise
        except JobFailed as failure:
            self._fail(claim, kind, str(failure))
        except (AppError, SQLAlchemyError) as error:
            log.warning("A job of the kind %s pauses: %s", claim.kind, describe_exception(error))
            release_job(claim)
            self._is_stopping.wait(_LOOK_SECONDS)
        except Exception as error:  # noqa: BLE001 - a fault of one job must not end the others
            log.error(  # noqa: TRY400 - a traceback may quote what was imported
                "A job of the kind %s failed: %s", claim.kind, describe_exception(error)
            )
            self._fail(claim, kind, "Something unexpected went wrong. The server's log says what.")

    def _fail(self, claim: Claim, kind: JobKind, reason: str) -> None:
        fail_job(claim, kind, reason)
        job_ended.send(self._app, kind=claim.kind, ending="failed")
