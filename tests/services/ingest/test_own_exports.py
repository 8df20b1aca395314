"""An export of a whole account is an upload like others: a report, chats as they were, and an undo."""

from __future__ import annotations

import pytest

from tests.services.ingest.test_runs import everything, sessions, well
from tests.support.cast import chat, contents
from tests.support.ingest import bring, lines, take_back, upload
from tests.support.people import account
from webapp.database.transaction import leave_transaction
from webapp.services.exports.everything import export_everything
from webapp.services.sessions.changes import archive_session
from webapp.services.sessions.forks import fork_session
from webapp.services.sessions.purge import purge_session
from webapp.services.tags.changes import create_tag
from webapp.services.tags.sessions import change_tags


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
