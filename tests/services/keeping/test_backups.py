"""Backups while people write: each is one state of the database, whole and without a finding."""

import os
import sqlite3
import threading
from datetime import timedelta

import pytest
from sqlalchemy import select

from tests.support.accounts import ALICE
from tests.support.books import everything
from tests.support.cast import chat, say
from webapp.cli.backups import write_backup
from webapp.cli.others import app_of_other, sqlite_url
from webapp.config.settings import Settings
from webapp.database.engine import db
from webapp.database.transaction import leave_transaction, read_connection
from webapp.ids import utc_now
from webapp.models import Job, table_of
from webapp.services.jobs.claims import Claim
from webapp.services.jobs.running import JobRunner, job_ended
from webapp.services.jobs.values import JobInterrupted, JobLost
from webapp.services.keeping import schedule
from webapp.services.keeping.folder import SCHEDULED, backups_of, new_name, remove_old
from webapp.services.keeping.jobs import BACKUP
from webapp.services.keeping.sqlite_copy import CannotKeep, check_copy, copy_sqlite
from webapp.services.verification import Verification
from webapp.state import current

_jobs = table_of(Job)

#: How many backups are made under writes, and compared.
BACKUPS = int(os.environ.get("MINUTEBOOK_BACKUPS", "5"))


def nothing(_done, _total):
    """Report to nobody."""


class Writers:
    """Threads that append turns until they are told to end."""

    def __init__(self, app, count=3):
        self._app = app
        self._end = threading.Event()
        self._threads = [threading.Thread(target=self._write, args=(number,)) for number in range(count)]
        self.turns = [0] * count

    def _write(self, number):
        with self._app.app_context():
            session = chat(ALICE, f"Writer {number}")
            # They write all the while, and leave a core to the backup.
            while not self._end.wait(0.005):
                say(ALICE, session.id, f"Turn {self.turns[number]}")
                self.turns[number] += 1

    def __enter__(self):
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self._end.set()
        for thread in self._threads:
            thread.join()


def check_restored(app, file):
    """Open a backup as a database, see that nothing is wrong, and return the number of its messages."""
    with app_of_other(current(Settings, app), sqlite_url(file)) as restored, restored.app_context():
        assert list(Verification().findings()) == []
        found = everything(ALICE)
        leave_transaction()
    counts = {row["id"]: row["message_count"] for row in found["sessions"]}
    held = [row["session_id"] for row in found["session_messages"]]
    assert {id_: held.count(id_) for id_ in counts} == counts
    return len(found["messages"])


def back_up_while_writing(app, tmp_path, times):
    with app.app_context():
        chat(ALICE, "Before")
    sizes = []
    with Writers(app) as writers:
        for number in range(times):
            before = sum(writers.turns)
            file = tmp_path / f"{number}.db"
            with app.app_context():
                write_backup(app, current(Settings, app), file, nothing)
            # They went on while it was written.
            while sum(writers.turns) <= before:
                threading.Event().wait(0.01)
            sizes.append(check_restored(app, file))
    assert sizes == sorted(sizes)
    assert sizes[-1] > sizes[0] or times == 1


def test_a_backup_under_writes_is_one_state(app, tmp_path):
    back_up_while_writing(app, tmp_path, 2)


@pytest.mark.slow
def test_backups_under_writes_again_and_again(app, tmp_path):
    back_up_while_writing(app, tmp_path, BACKUPS)


@pytest.mark.one_database("It is about SQLite's files.")
def test_writers_do_not_make_a_copy_begin_anew(app, tmp_path):
    """Between two parts of the copy another connection writes. The copy is of the state before."""
    settings = current(Settings, app)
    with app.app_context():
        session = chat(ALICE, *[f"{number} " * 2_000 for number in range(40)])
        leave_transaction()
        seen = []

        def report(done, total):
            seen.append((done, total))
            if len(seen) < 5:
                say(ALICE, session.id, "Meanwhile")

        from webapp.services.keeping import sqlite_copy

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(sqlite_copy, "_PAGES", 5)
            copy_sqlite(settings.sqlite_path, tmp_path / "copy.db", 30, report)
    assert [done for done, _ in seen] == sorted(done for done, _ in seen)
    copy = sqlite3.connect(tmp_path / "copy.db")
    assert copy.execute("SELECT count(*) FROM messages WHERE content = 'Meanwhile'").fetchone() == (0,)
    copy.close()
    assert check_copy(tmp_path / "copy.db")


def test_a_backup_that_fails_leaves_nothing(app, tmp_path):
    settings = current(Settings, app)

    def full(_done, _total):
        raise OSError(28, "No space left on device")

    with app.app_context(), pytest.raises(OSError, match="No space"):
        write_backup(app, settings, tmp_path / "kept.db", full)
    assert list(tmp_path.glob("*kept*")) == []
    (tmp_path / "there.db").write_text("mine")
    with app.app_context(), pytest.raises(CannotKeep, match="exists already"):
        write_backup(app, settings, tmp_path / "there.db", nothing)
    assert (tmp_path / "there.db").read_text() == "mine"


@pytest.fixture
def scheduled(make_app, tmp_path, database_url, monkeypatch):
    """An app that writes backups every hour and keeps two; its commands find its database."""
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("MINUTEBOOK_DATA", str(tmp_path))
    app = make_app(backup_every=3600.0, backups_kept=2)
    with app.app_context():
        chat(ALICE, "Hello")
        leave_transaction()
        yield app
        leave_transaction()
        db.engine.dispose()


def due(app, moment):
    added = schedule.add_backup_if_due(current(Settings, app), moment)
    leave_transaction()
    return added


def carry_out(app):
    current(JobRunner, app)._work_once()
    leave_transaction()


def latest_job():
    row = read_connection().execute(select(_jobs).where(_jobs.c.kind == BACKUP).order_by(_jobs.c.id.desc())).first()
    leave_transaction()
    return row


def written(app):
    return [path for _, path in backups_of(current(Settings, app).backups_dir, SCHEDULED)]


def test_scheduled_backups_are_written_when_due_and_the_oldest_go(scheduled):
    folder, now = current(Settings, scheduled).backups_dir, utc_now()
    folder.mkdir()
    for days in (1, 2, 3):
        new_name(folder, SCHEDULED, now - timedelta(days=days)).write_text("old")
    new_name(folder, "before-upgrade", now - timedelta(days=9)).write_text("old")
    # What a process that was killed left.
    new_name(folder, SCHEDULED, now - timedelta(hours=3)).touch()
    (folder / ".minutebook-20200101T000000Z-scheduled.db.partial").write_text("half")

    assert due(scheduled, now)
    assert not due(scheduled, now + timedelta(hours=2)), "It is still waiting."
    carry_out(scheduled)
    assert (latest_job().state, latest_job().reason) == ("done", None)
    kept = written(scheduled)
    assert [path.read_bytes()[:4] for path in kept] == [b"old", b"SQLi"]
    assert check_copy(kept[-1])
    assert len(backups_of(folder, "before-upgrade")) == 1
    assert sorted(folder.glob(".*")) == []
    assert not due(scheduled, now + timedelta(minutes=59))
    assert due(scheduled, now + timedelta(minutes=61))


def test_processes_that_look_at_once_add_one_job(scheduled):
    added, now = [], utc_now()
    barrier = threading.Barrier(4)

    def look():
        with scheduled.app_context():
            barrier.wait()
            added.append(due(scheduled, now))

    threads = [threading.Thread(target=look) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(added) == [False, False, False, True]


def test_a_backup_that_fails_is_logged_counted_and_tried_again(scheduled, monkeypatch, caplog):
    ended = []

    def note(_app, **facts):
        ended.append(facts)

    job_ended.connect(note)
    monkeypatch.setenv("DATABASE_URL", "sqlite:////nonexistent/minutebook.db")
    now = utc_now()
    assert due(scheduled, now)
    carry_out(scheduled)
    job = latest_job()
    assert job.state == "failed"
    assert "failed" in job.reason
    assert job.reason in caplog.text
    assert ended == [{"kind": BACKUP, "ending": "failed"}]
    assert written(scheduled) == []
    assert not due(scheduled, now + timedelta(minutes=9))
    assert due(scheduled, now + timedelta(minutes=11))


@pytest.mark.parametrize("lost", [JobInterrupted, JobLost])
def test_a_backup_whose_process_ends_leaves_nothing_and_begins_again(scheduled, monkeypatch, lost):
    beat = Claim.beat

    def ending(self, done, total):
        raise lost

    monkeypatch.setattr(Claim, "beat", ending)
    assert due(scheduled, utc_now())
    carry_out(scheduled)
    assert list(current(Settings, scheduled).backups_dir.iterdir()) == []
    monkeypatch.setattr(Claim, "beat", beat)
    if lost is JobInterrupted:
        carry_out(scheduled)
        assert latest_job().state == "done"
        assert len(written(scheduled)) == 1


def test_a_server_without_scheduled_backups_takes_none(scheduled, make_app):
    assert due(scheduled, utc_now())
    other = make_app()
    with other.app_context():
        carry_out(other)
        assert latest_job().state == "waiting"
        leave_transaction()
        db.engine.dispose()


def test_the_newest_backup_is_never_removed(tmp_path):
    for hours in (1, 2, 3):
        new_name(tmp_path, SCHEDULED, utc_now() - timedelta(hours=hours)).touch()
    remove_old(tmp_path, SCHEDULED, 1)
    assert len(backups_of(tmp_path, SCHEDULED)) == 1
    remove_old(tmp_path, SCHEDULED, 1)
    assert len(backups_of(tmp_path, SCHEDULED)) == 1
