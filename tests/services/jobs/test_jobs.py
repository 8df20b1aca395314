"""Jobs are claimed once, continue after any end, and store nothing under a lost claim."""

from __future__ import annotations

import subprocess
import sys
import threading
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from webapp.database.transaction import leave_transaction, read_connection, writing
from webapp.errors import Busy
from webapp.ids import utc_now
from webapp.models import Job, table_of
from webapp.services.heartbeats import DEAD_AFTER
from webapp.services.jobs.holders import holding, is_abandoned
from webapp.services.jobs.running import JobRunner
from webapp.services.jobs.store import add_job, claim_job
from webapp.services.jobs.values import JobFailed, JobInterrupted, JobKind, JobLost

_jobs = table_of(Job)


@pytest.fixture
def locks(tmp_path):
    return tmp_path / "locks"


def kinds(run=lambda _claim: None, *, is_here=lambda _subject: True, failures=None):
    failed = [] if failures is None else failures
    return {"count": JobKind(run, is_here, lambda _claim, reason: failed.append(reason))}


def add(user, kind="count"):
    with writing() as connection:
        return add_job(connection, kind, None, user.id)


def job(job_id):
    row = read_connection().execute(select(_jobs).where(_jobs.c.id == job_id)).one()
    leave_transaction()
    return row


def run_all(app, run, locks, **options):
    runner = JobRunner(app, kinds(run, **options), locks)
    runner._work_once()
    leave_transaction()


def test_a_job_runs_once_and_tells_its_progress(user, app, locks):
    job_id = add(user)
    seen = []

    def run(claim):
        for done in (1, 2):
            with writing() as connection:
                claim.store(connection, done, 2)
            seen.append((job(job_id).state, job(job_id).done, job(job_id).total))

    run_all(app, run, locks)
    run_all(app, run, locks)

    assert seen == [("running", 1, 2), ("running", 2, 2)]
    assert (job(job_id).state, job(job_id).attempts) == ("done", 1)
    assert list(locks.iterdir()) == []


def test_a_job_is_claimed_by_one(user, locks):
    add(user)

    assert claim_job(kinds(), locks) is not None
    assert claim_job(kinds(), locks) is None


def test_jobs_begin_in_their_order_and_where_they_can_be_done(user, locks):
    first, second, third = add(user), add(user), add(user, "other")
    here = kinds(is_here=lambda _subject: True)

    assert [claim.job_id for claim in (claim_job(here, locks), claim_job(here, locks))] == [first, second]
    assert claim_job(here, locks) is None
    assert claim_job(kinds(is_here=lambda _subject: False), locks) is None
    assert job(third).state == "waiting"


def test_the_job_of_a_process_that_died_here_is_claimed_at_once(user, locks):
    add(user)
    claim = claim_job(kinds(), locks)
    with holding(locks, claim.attempt):
        assert claim_job(kinds(), locks) is None
    # As kill -9 leaves it: the file is there, and nobody holds it.
    (locks / claim.attempt).touch()

    again = claim_job(kinds(), locks)
    assert again.job_id == claim.job_id
    with pytest.raises(JobLost), writing() as connection:
        claim.store(connection, 1, None)
    assert job(claim.job_id).attempt == again.attempt


def test_the_job_of_a_machine_that_is_gone_is_claimed_after_its_silence(user, locks):
    add(user)
    claim = claim_job(kinds(), locks)
    assert claim_job(kinds(), locks) is None
    with writing() as connection:
        connection.execute(update(_jobs).values(heartbeat_at=utc_now() - DEAD_AFTER - timedelta(seconds=1)))

    assert claim_job(kinds(), locks).job_id == claim.job_id


def test_a_batch_under_a_lost_claim_is_rolled_back(user, locks):
    first = add(user)
    claim = claim_job(kinds(), locks)
    with writing() as connection:
        connection.execute(update(_jobs).values(attempt=None, state="waiting"))

    def store_batch():
        with writing() as connection:
            add_job(connection, "count", None, user.id)
            claim.store(connection, 1, None)

    with pytest.raises(JobLost):
        store_batch()
    count = len(read_connection().execute(select(_jobs.c.id)).all())
    leave_transaction()
    assert (count, job(first).state) == (1, "waiting")


def test_a_failure_is_stored_with_its_sentence(user, app, locks):
    job_id = add(user)
    failures = []

    def run(_claim):
        raise JobFailed("The file is gone.")

    run_all(app, run, locks, failures=failures)

    assert (job(job_id).state, job(job_id).reason, failures) == ("failed", "The file is gone.", ["The file is gone."])


def test_an_unforeseen_failure_ends_the_job_alone(user, app, locks):
    job_id = add(user)
    failures = []

    def run(_claim):
        raise ZeroDivisionError("a secret")

    run_all(app, run, locks, failures=failures)

    assert job(job_id).state == "failed"
    assert "secret" not in job(job_id).reason


@pytest.mark.parametrize("error", [JobInterrupted(), Busy("The disk is full.")])
def test_a_job_whose_process_ends_or_whose_database_is_out_waits_for_the_next(user, app, locks, error, monkeypatch):
    monkeypatch.setattr("webapp.services.jobs.running._LOOK_SECONDS", 0)
    job_id = add(user)

    def run(_claim):
        raise error

    run_all(app, run, locks)

    assert (job(job_id).state, job(job_id).attempt) == ("waiting", None)


def claim_and_die(locks, failures, *, seconds_ago=120):
    claim = claim_job(kinds(failures=failures), locks)
    locks.mkdir(exist_ok=True)
    (locks / claim.attempt).touch()
    with writing() as connection:
        connection.execute(update(_jobs).values(heartbeat_at=utc_now() - timedelta(seconds=seconds_ago)))
    return claim


def test_a_job_that_ends_its_process_again_and_again_is_given_up(user, locks):
    job_id = add(user)
    failures = []
    for _ in range(20):
        claim_and_die(locks, failures)

    assert claim_job(kinds(failures=failures), locks) is None
    assert job(job_id).state == "failed"
    assert failures == [job(job_id).reason]


def test_a_job_that_comes_farther_each_time_is_not_given_up(user, locks):
    job_id = add(user)
    for number in range(1, 40):
        claim = claim_job(kinds(), locks)
        with writing() as connection:
            claim.store(connection, number, 100)
        (locks / claim.attempt).parent.mkdir(exist_ok=True)
        (locks / claim.attempt).touch()

    assert (job(job_id).attempts, job(job_id).farthest) == (1, 39)


def test_a_job_that_ends_its_process_waits_longer_each_time(user, locks):
    add(user)
    for _ in range(8):
        claim_and_die(locks, [])
    with writing() as connection:
        connection.execute(update(_jobs).values(heartbeat_at=utc_now() - timedelta(seconds=1)))

    assert claim_job(kinds(), locks) is None


_HOLD = """
import fcntl, os, sys
descriptor = os.open(sys.argv[1], os.O_RDWR)
fcntl.flock(descriptor, fcntl.LOCK_EX)
print("held", flush=True)
sys.stdin.read()
"""


def test_a_lock_of_another_process_is_no_abandoned_one(locks):
    locks.mkdir()
    (locks / "attempt").touch()
    holder = subprocess.Popen(
        [sys.executable, "-c", _HOLD, str(locks / "attempt")], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    with holder:
        assert holder.stdout.readline() == b"held\n"
        assert not is_abandoned(locks, "attempt")
        holder.kill()
    assert is_abandoned(locks, "attempt")


def test_a_runner_looks_for_jobs_until_it_is_stopped(user, app, locks):
    done = threading.Event()
    runner = JobRunner(app, kinds(lambda _claim: done.set()), locks)
    runner.start()
    try:
        add(user)
        runner.wake()
        assert done.wait(20)
    finally:
        runner.stop()
