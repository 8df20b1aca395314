"""What one answer reads belongs to one state of the database, on both databases."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from tests.support.cast import chat, contents, ended, say
from tests.support.interleaving import Elsewhere, after_statement
from tests.support.scripted_assistants import answers, ask, offer
from webapp.database.engine import db
from webapp.database.errors import DatabaseReadOnly
from webapp.database.transaction import leave_transaction, read_connection, writing
from webapp.errors import NotFound
from webapp.services.live.following import stored_turn
from webapp.services.live.pages import read_page_with_live
from webapp.services.sessions.changes import archive_session, get_session
from webapp.services.sessions.forks import fork_session
from webapp.services.sessions.purge import purge_session
from webapp.services.transcripts.reading import read_message, read_page, read_transcript

FIRST_ROW = "FROM sessions"


@pytest.fixture
def session(user):
    return chat(user, ("Where is the key?", "Under the mat."), ("And the spare?", "With Ann."))


def elsewhere(act):
    """Return what does it in another connection, to its end."""
    return lambda: Elsewhere(act).result()


def regenerate(user, session_id):
    offer(*answers("Under the pot."))
    ended(user, ask(user, None, session_id))


def shorten(user, session_id):
    offer(*answers("On the hook."))
    ended(user, ask(user, "Where?", session_id, edits_idx=0))


def purge(user, session_id):
    archive_session(user, session_id)
    purge_session(user, session_id)


@pytest.mark.parametrize("change", [say, regenerate, shorten, purge], ids=lambda act: act.__name__)
@pytest.mark.parametrize("read", [read_transcript, read_page])
def test_a_transcript_is_read_whole_whatever_is_committed_meanwhile(user, session, read, change):
    before = read(user, session.id)
    leave_transaction()
    more = ("Anything else?",) if change is say else ()

    with after_statement(FIRST_ROW, elsewhere(lambda: change(user, session.id, *more))) as at:
        during = read(user, session.id)

    assert at
    assert during == before
    leave_transaction()
    if change is purge:
        with pytest.raises(NotFound):
            read(user, session.id)
    else:
        after = read(user, session.id)
        assert after.session.revision > during.session.revision
        assert [message.idx for message in after.messages] == list(range(after.session.message_count))


def test_two_reads_of_one_answer_see_the_same_revision(user, session):
    first = get_session(user, session.id)
    Elsewhere(lambda: say(user, session.id, "Meanwhile")).result()

    assert read_transcript(user, session.id).session == first
    leave_transaction()
    assert get_session(user, session.id).revision == first.revision + 1


@pytest.mark.parametrize("change", [regenerate, shorten, purge], ids=lambda act: act.__name__)
def test_a_turn_that_was_kept_is_told_whole_or_not_at_all(user, session, change):
    offer(*answers("In the drawer."))
    kept = ended(user, ask(user, "Where is the pen?", session.id)).turn
    leave_transaction()

    with after_statement("FROM session_messages", elsewhere(lambda: change(user, session.id))):
        told = stored_turn(user, session.id, kept.assistant.id)

    assert (told.turn.user.content, told.turn.assistant.content) == ("Where is the pen?", "In the drawer.")
    assert told.turn.session == kept.session
    assert stored_turn(user, session.id, kept.assistant.id) is None


def test_a_page_shows_a_live_turn_or_its_messages_and_never_both_or_neither(user, session):
    offer(*answers("In the drawer."))
    live = ask(user, "Where is the pen?", session.id)
    ended(user, live)
    say(user, session.id, "Before")
    leave_transaction()
    begun = []

    def begin():
        offer(*answers("Here."))
        begun.append(ask(user, "And now?", session.id))
        ended(user, begun[0])

    with after_statement("FROM live_turns", elsewhere(begin)) as at:
        page, found = read_page_with_live(user, session.id)

    assert at
    assert found is None
    assert page.session.last_idx == 7
    leave_transaction()
    page, found = read_page_with_live(user, session.id)
    assert (page.messages[-1].id, found) == (begun[0].attempt, None)


def test_a_message_that_is_not_there_is_refused(user, session):
    with writing() as connection, pytest.raises(NotFound):
        read_message(connection, session.id, 4)


def test_who_writes_sees_what_was_committed_while_it_waited(user, session, engine_name):
    """A snapshot would refuse a change to what another one changed meanwhile."""
    get_session(user, session.id)
    Elsewhere(lambda: say(user, session.id, "Meanwhile")).result()

    fork = fork_session(user, session.id, 5)

    assert contents(user, fork.id)[4:] == ["Meanwhile", "Noted."]


@pytest.mark.one_database("SQLite has no such transaction.", engine="postgres")
def test_a_transaction_that_only_reads_can_change_nothing(user, session):
    with pytest.raises(DatabaseReadOnly):
        read_connection().execute(text("UPDATE sessions SET title = 'x'"))
    leave_transaction()
    assert say(user, session.id, "Still").session.message_count == 6


def test_a_connection_that_read_a_snapshot_goes_back_as_it_was(user, session, engine_name):
    get_session(user, session.id)
    leave_transaction()
    with db.engine.connect() as connection:
        if engine_name == "postgres":
            assert connection.exec_driver_sql("SHOW transaction_isolation").scalar() == "read committed"
            assert connection.exec_driver_sql("SHOW transaction_read_only").scalar() == "off"
        connection.exec_driver_sql("UPDATE sessions SET title = title")
