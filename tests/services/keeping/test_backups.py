"""Backups while people write: each is one state of the database, whole and without a finding."""

import os
import sqlite3
import threading
from datetime import timedelta

import pytest

from tests.support.accounts import ALICE
from tests.support.books import everything
from tests.support.cast import chat, say
from webapp.cli.backups import write_backup
from webapp.cli.others import app_of_other, sqlite_url
from webapp.config.settings import Settings
from webapp.database.engine import db
from webapp.database.transaction import leave_transaction
from webapp.ids import utc_now
from webapp.services.keeping import schedule
from webapp.services.keeping.folder import SCHEDULED, alone, backups_of, new_name, remove_old
from webapp.services.keeping.sqlite_copy import CannotKeep, check_copy, copy_sqlite
from webapp.services.verification import Verification
from webapp.state import current

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


def test_scheduled_backups_are_written_when_due_and_the_oldest_go(make_app, tmp_path, database_url, monkeypatch):
    app = make_app(backup_every=3600.0, backups_kept=2)
    settings = current(Settings, app)
    with app.app_context():
        chat(ALICE, "Hello")
        leave_transaction()
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("MINUTEBOOK_DATA", str(tmp_path))
    now = utc_now()
    assert schedule.back_up_if_due(settings, now)
    assert len(backups_of(settings.backups_dir, SCHEDULED)) == 1
    assert schedule.back_up_if_due(settings, now + timedelta(minutes=59))
    assert len(backups_of(settings.backups_dir, SCHEDULED)) == 1
    # Another process writes one just now.
    with alone(settings.backups_dir) as is_alone:
        assert is_alone
        assert schedule.back_up_if_due(settings, now + timedelta(hours=2))
    assert len(backups_of(settings.backups_dir, SCHEDULED)) == 1
    for hours in (1, 2, 3):
        new_name(settings.backups_dir, SCHEDULED, now + timedelta(hours=hours)).touch()
    new_name(settings.backups_dir, "before-upgrade", now).touch()
    remove_old(settings.backups_dir, SCHEDULED, 2)
    left = [moment for moment, _ in backups_of(settings.backups_dir, SCHEDULED)]
    assert left == [(now + timedelta(hours=hours)).replace(microsecond=0) for hours in (2, 3)]
    assert len(backups_of(settings.backups_dir, "before-upgrade")) == 1
    monkeypatch.setenv("DATABASE_URL", "sqlite:////nonexistent/minutebook.db")
    assert not schedule.back_up_if_due(settings, now + timedelta(hours=9))
    with app.app_context():
        leave_transaction()
        db.engine.dispose()
