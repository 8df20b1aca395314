"""An export of a whole account is an upload like others: a report, chats as they were, and an undo."""

from __future__ import annotations

import pytest

from tests.services.ingest.test_runs import everything, sessions, well
from tests.support.books import everything as all_of
from tests.support.cast import chat, contents, say
from tests.support.ingest import again, bring, confirm, lines, take_back, upload, work
from tests.support.people import account
from webapp.database.transaction import leave_transaction
from webapp.services.exports.everything import export_everything
from webapp.services.ingest import pace
from webapp.services.ingest.runs import confirm_import
from webapp.services.ingest.stopping import stop_import
from webapp.services.ingest.uploads import folder_of
from webapp.services.jobs.claims import Claim
from webapp.services.jobs.running import JobRunner
from webapp.services.jobs.values import JobInterrupted
from webapp.services.sessions.changes import archive_session, restore_session
from webapp.services.sessions.forks import fork_session
from webapp.services.sessions.purge import purge_session
from webapp.services.tags.changes import create_tag
from webapp.services.tags.sessions import change_tags
from webapp.state import current


@pytest.fixture
def export(user):
    first = chat(user, ("Which tiles?", "Grey ones."), ("How many?", "Forty."))
    chat(user, "Where is the key?")
    fork_session(user, first.id, 1)
    create_tag(user, "House")
    change_tags(user, first.id, add=["House"])
    data = b"".join(export_everything(user).pieces)
    leave_transaction()
    return "minutebook.zip", data


def test_everything_is_here_already(user, export):
    before = everything()
    run = bring(user, export)

    assert run.state == "done", run.problem
    assert (run.counts["unchanged"], run.counts["new"], run.counts["messages"]) == (3, 0, 0)
    assert run.formats == ["minutebook"]
    assert everything()["messages"] == before["messages"]
    assert everything()["sessions"] == before["sessions"]


def test_another_account_gets_all_of_it_and_gives_it_back(user, export):
    bob = account("bob")
    before = everything()
    run = bring(bob, export)

    assert (run.state, run.counts["new"]) == ("done", 3)
    assert sorted(session.title for session in sessions(bob)) == sorted(session.title for session in sessions(user))
    tiles = next(session for session in sessions(bob) if session.message_count == 4)
    assert contents(bob, tiles.id) == ["Which tiles?", "Grey ones.", "How many?", "Forty."]
    assert [tag.name for tag in tiles.tags] == ["House"]
    assert {line.session_id for line in lines(bob, run)} == {session.id for session in sessions(bob)}
    assert well() == []

    take_back(bob, run)
    after = everything()
    assert {name for name in before if before[name] != after[name]} <= {"audit_events"}
    assert well() == []


def test_a_chat_that_was_deleted_comes_back_as_it_was(user, export):
    lost = next(session for session in sessions(user) if session.title == "Where is the key?")
    archive_session(user, lost.id)
    purge_session(user, lost.id)
    run = upload(user, export)
    assert (run.state, run.counts["new"], run.counts["unchanged"]) == ("ready", 1, 2)
    run = bring(user, export)

    assert contents(user, lost.id) == ["Where is the key?", "Noted."]
    assert [line.outcome for line in lines(user, run) if line.state == "new"] == ["written"]
    assert well() == []


@pytest.mark.parametrize("cut", [200, -40])
def test_a_torn_export_changes_nothing(user, export, cut):
    bob = account("bob")
    before = everything()
    run = bring(bob, (export[0], export[1][:cut]))

    assert run.state == "failed"
    assert everything() == before


@pytest.fixture
def large(user, monkeypatch):
    """An export that takes several transactions, one chat of it several by itself."""
    begin = pace.Pace.__init__

    def begin_small(self):
        begin(self)
        self.messages = 20

    monkeypatch.setattr(pace.Pace, "__init__", begin_small)
    monkeypatch.setattr(pace, "_MOST", 20)
    monkeypatch.setattr(pace, "_LEAST", 20)
    for number in range(12):
        made = chat(
            user, *((f"Question {number}, {turn}", f"Answer {turn}") for turn in range(60 if number == 5 else 4))
        )
        change_tags(user, made.id, add=[f"Tag {number % 3}"])
        if number == 6:
            fork_session(user, made.id, 3)
    data = b"".join(export_everything(user).pieces)
    leave_transaction()
    return "minutebook.zip", data


def emptied(user):
    for session in sessions(user):
        archive_session(user, session.id)
        purge_session(user, session.id)
    leave_transaction()


def interrupted(monkeypatch, at):
    """Let the process end when it stores its progress for the n-th time while it writes. Return how it is undone."""
    store, calls = Claim.store, []

    def ending(self, connection, done, total):
        calls.append(done)
        if self.kind == "import-write" and len(calls) == at:
            raise JobInterrupted
        store(self, connection, done, total)

    monkeypatch.setattr(Claim, "store", ending)
    return lambda: monkeypatch.setattr(Claim, "store", store)


def test_an_export_that_is_interrupted_at_each_batch_comes_whole(user, large, monkeypatch):
    before = all_of(user)
    emptied(user)
    run = upload(user, large)
    confirm_import(user, run.id)
    leave_transaction()
    pauses, seen = 0, set()
    while again(user, run).state == "writing":
        # One batch, and the next one is lost.
        undo = interrupted(monkeypatch, 2)
        current(JobRunner).run_now(run.id, lambda _done, _total: None)
        undo()
        leave_transaction()
        pauses += 1
        seen.add((len(sessions(user)), max((session.message_count for session in sessions(user)), default=0)))
        assert well() == []
        assert pauses < 60
    assert (again(user, run).state, again(user, run).problem) == ("done", None)
    assert pauses > 8
    # The long chat was there in parts, and others with it.
    assert len({longest for _, longest in seen}) > 4
    after = all_of(user)
    for name in after.keys() - {"ingest_runs", "ingest_conversations", "tags"}:
        assert after[name] == before[name], name
    assert {line.outcome for line in lines(user, run)} == {"written"}
    assert not folder_of(run.id).exists()
    assert well() == []


@pytest.mark.parametrize("batches", range(1, 12, 2))
def test_an_undo_takes_out_the_part_that_was_written(user, large, monkeypatch, batches):
    bob = account("bob")
    before = everything()
    run = upload(bob, large)
    confirm_import(bob, run.id)
    leave_transaction()
    undo = interrupted(monkeypatch, batches + 1)
    current(JobRunner).run_now(run.id, lambda _done, _total: None)
    undo()
    leave_transaction()
    stopped = stop_import(bob, run.id)
    leave_transaction()
    assert stopped.is_stopped
    assert sessions(bob) != []
    assert well() == []

    assert take_back(bob, run).state == "undone"
    assert everything() == before
    assert not folder_of(run.id).exists()


def test_a_stopped_export_goes_on(user, large, monkeypatch):
    bob = account("bob")
    run = upload(bob, large)
    confirm_import(bob, run.id)
    leave_transaction()
    undo = interrupted(monkeypatch, 4)
    current(JobRunner).run_now(run.id, lambda _done, _total: None)
    undo()
    leave_transaction()
    stop_import(bob, run.id)
    leave_transaction()
    assert work(bob, run).is_stopped
    assert confirm(bob, run).state == "done"
    assert sorted(session.message_count for session in sessions(bob)) == sorted(
        session.message_count for session in sessions(user)
    )
    assert well() == []


def test_a_part_that_was_continued_here_is_left_alone(user, large, monkeypatch):
    bob = account("bob")
    run = upload(bob, large)
    confirm_import(bob, run.id)
    leave_transaction()
    undo = interrupted(monkeypatch, 6)
    current(JobRunner).run_now(run.id, lambda _done, _total: None)
    undo()
    leave_transaction()
    part = next(session for session in sessions(bob) if session.archived)
    restore_session(bob, part.id)
    say(bob, part.id, "I could not wait", "Well.")
    leave_transaction()
    assert work(bob, run).state == "done"
    assert contents(bob, part.id)[-2:] == ["I could not wait", "Well."]
    assert well() == []
    take_back(bob, run)
    assert [session.id for session in sessions(bob)] == [part.id]
    assert well() == []
