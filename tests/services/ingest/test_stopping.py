"""An import is stopped: what it has written is whole, and it goes on or is taken out."""

from __future__ import annotations

import threading

import pytest

from tests.services.ingest.test_runs import everything, sessions, well
from tests.support.cast import stranger
from tests.support.ingest import again, bring, confirm, jsonl, lines, plain, take_back, upload, work
from webapp.database.transaction import leave_transaction
from webapp.errors import Conflict, NotFound
from webapp.services.ingest import pace
from webapp.services.ingest.runs import confirm_import, discard_import, start_import
from webapp.services.ingest.stopping import UNREAD, stop_import
from webapp.services.ingest.uploads import UploadedFile, folder_of
from webapp.services.jobs.running import JobRunner
from webapp.state import current

CHATS = 90
MANY = ("chats.jsonl", jsonl(*(plain(*(f"Chat {chat}, text {text}" for text in range(10))) for chat in range(CHATS))))
#: One chat that takes several transactions.
LONG = ("long.jsonl", jsonl(plain(*(f"Text {number}" for number in range(1_200)))))


@pytest.fixture(autouse=True)
def small_batches(monkeypatch):
    monkeypatch.setattr(pace, "_MOST", 100)


def stopped_while_writing(app, user, file):
    """Begin to write, and let another thread stop it after the first batch."""
    run = upload(user, file)
    confirm_import(user, run.id)
    leave_transaction()
    threads = []

    def stop():
        with app.app_context():
            stop_import(user, run.id)
            leave_transaction()

    def report(done, _total):
        if not threads:
            threads.append(threading.Thread(target=stop))
            threads[0].start()

    current(JobRunner).run_now(run.id, report)
    threads[0].join()
    leave_transaction()
    return again(user, run)


def test_what_was_written_is_whole_and_the_rest_follows(app, user):
    before = everything()
    run = stopped_while_writing(app, user, MANY)

    assert (run.state, run.is_stopped) == ("ready", True)
    assert 0 < run.written_to < CHATS
    assert len(sessions(user)) == run.written_to == sum(line.outcome == "written" for line in lines(user, run))
    assert {session.message_count for session in sessions(user)} == {10}
    assert well() == []

    done = confirm(user, run)
    assert (done.state, done.is_stopped, done.problem) == ("done", False, None)
    assert len(sessions(user)) == CHATS
    assert not folder_of(run.id).exists()
    assert well() == []
    take_back(user, run)
    assert everything() == before


@pytest.mark.parametrize("file", [MANY, LONG], ids=["many", "long"])
def test_an_undo_takes_out_what_was_written(app, user, file):
    before = everything()
    run = stopped_while_writing(app, user, file)
    assert sessions(user) != []

    assert take_back(user, run).state == "undone"
    assert everything() == before
    assert not folder_of(run.id).exists()


def test_a_long_chat_is_stopped_within_and_becomes_whole(app, user):
    run = stopped_while_writing(app, user, LONG)
    (session,) = sessions(user)
    assert 0 < session.message_count < 1_200
    assert well() == []

    assert confirm(user, run).state == "done"
    assert [session.message_count for session in sessions(user)] == [1_200]
    assert len(lines(user, run)) == 1
    assert well() == []


def test_long_texts_make_small_transactions(user, monkeypatch):
    """A batch is measured by what it writes, not by the number of messages."""
    from webapp.services.ingest.batches import Rows

    written = []
    insert = Rows.insert

    def spy(self, *arguments):
        written.append(sum(len(row["content"]) for row in self._messages))
        insert(self, *arguments)

    monkeypatch.setattr(Rows, "insert", spy)
    run = bring(user, ("long.jsonl", jsonl(plain(*(f"{number} " + "word " * 18_000 for number in range(100))))))
    assert run.state == "done"
    assert sum(written) > 9_000_000
    assert max(written) < 1_500_000


def test_stopping_twice_changes_nothing_and_the_upload_stays(app, user):
    run = stopped_while_writing(app, user, MANY)

    assert stop_import(user, run.id) == run
    leave_transaction()
    assert folder_of(run.id).exists()
    with pytest.raises(Conflict, match="Let it go on, or undo"):
        discard_import(user, run.id)


def test_before_the_report_there_is_nothing_to_keep(user):
    from io import BytesIO

    run = start_import(user, [UploadedFile(MANY[0], BytesIO(MANY[1]))], confirmed=True)
    stopped = stop_import(user, run.id)
    assert (stopped.state, stopped.problem) == ("failed", UNREAD)
    assert stop_import(user, run.id) == stopped
    assert not folder_of(run.id).exists()
    assert work(user, run).state == "failed"
    assert sessions(user) == []
    discard_import(user, run.id)


def test_what_does_not_run_cannot_be_stopped(user):
    run = upload(user, MANY)
    with pytest.raises(Conflict, match="Confirm it, or discard it"):
        stop_import(user, run.id)
    confirm(user, run)
    with pytest.raises(Conflict, match="written already"):
        stop_import(user, run.id)
    with pytest.raises(NotFound):
        stop_import(stranger(), run.id)
