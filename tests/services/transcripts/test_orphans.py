"""Messages that several chats share, while these chats change at the same moment (PostgreSQL).

The order is forced: one transaction stops behind a statement until the other one has ended or waits for a lock.
"""

from __future__ import annotations

import pytest
from sqlalchemy import text

from tests.services.transcripts.test_replacing import expire
from tests.support.cast import chat, contents, ended, eventually, kept
from tests.support.interleaving import Elsewhere, await_waiting, meanwhile
from tests.support.people import account
from tests.support.scripted_assistants import answers, ask, offer
from webapp.database.transaction import leave_transaction, writing
from webapp.errors import NotFound
from webapp.services.accounts.deletion import remove_account
from webapp.services.live import discard
from webapp.services.live.process.pool import Runner
from webapp.services.sessions.changes import archive_session, get_session
from webapp.services.sessions.forks import fork_session
from webapp.services.sessions.from_history import insert_history
from webapp.services.sessions.purge import purge_session
from webapp.services.transcripts.lookup import Beginning, digests_of
from webapp.services.transcripts.reading import read_transcript
from webapp.services.values import NewMessage
from webapp.services.verification import Verification
from webapp.state import current

pytestmark = pytest.mark.one_database(
    "SQLite's writers come one after the other: nothing happens between two statements of one.", engine="postgres"
)


UNLINKED, DELETED = "DELETE FROM session_messages", "DELETE FROM messages"
SAID = [("Where is the key?", "Under the mat."), ("And the spare?", "With Ann.")]
HISTORY = [NewMessage(content=c, role=r) for pair in SAID for c, r in zip(pair, ("user", "assistant"), strict=True)]


@pytest.fixture
def source(user):
    return chat(user, *SAID)


@pytest.fixture
def forks(user, source):
    """Two forks of a chat that is no more: they alone hold its messages."""
    made = [fork_session(user, source.id, 3).id for _ in range(2)]
    purge(user, source.id)
    for session_id in made:
        archive_session(user, session_id)
    return made


def purge(user, session_id):
    if not get_session(user, session_id).archived:
        archive_session(user, session_id)
    purge_session(user, session_id)


def restored(user, session_id):
    from webapp.services.sessions.changes import restore_session

    restore_session(user, session_id)
    return session_id


def edit(user, session_id):
    """Replace everything in a chat by another question and answer."""
    offer(*answers("On the hook."), key=f"scripted-{session_id}")
    ended(user, ask(user, "Where?", session_id, edits_idx=0, assistant=f"scripted-{session_id}"))


def is_whole():
    leave_transaction()
    assert list(Verification().findings()) == []
    leave_transaction()


@pytest.mark.parametrize("step", [UNLINKED, DELETED])
def test_what_two_chats_share_is_gone_when_both_are_deleted_at_once(user, forks, step):
    first, second = forks
    meanwhile(step, lambda: purge_session(user, first), lambda: purge_session(user, second))

    assert kept() == {"conversations": 0, "messages": 0, "links": 0}
    is_whole()


@pytest.mark.parametrize("step", [UNLINKED, DELETED])
def test_what_two_chats_share_is_gone_when_one_is_deleted_while_the_other_is_rewritten(user, forks, step):
    first, second = forks[0], restored(user, forks[1])
    meanwhile(step, lambda: purge_session(user, first), lambda: edit(user, second))

    assert contents(user, second) == ["Where?", "On the hook."]
    expire()
    assert kept() == {"conversations": 1, "messages": 2, "links": 2}
    is_whole()


def test_what_two_chats_share_is_gone_when_both_are_rewritten_at_once(user, forks):
    first, second = (restored(user, session_id) for session_id in forks)
    for one in [Elsewhere(lambda one=one: edit(user, one)) for one in (first, second)]:
        one.result()

    assert [contents(user, one) for one in (first, second)] == [["Where?", "On the hook."]] * 2
    expire()
    assert kept() == {"conversations": 2, "messages": 4, "links": 4}
    is_whole()


def test_two_chats_that_share_messages_in_another_order_do_not_wait_for_each_other_for_ever(user, forks):
    """Whoever holds some of the messages gets the rest: all are locked in one order."""
    with writing() as connection:
        connection.execute(text("SELECT id FROM messages ORDER BY id DESC LIMIT 1 FOR UPDATE"))
        both = [Elsewhere(lambda one=one: purge_session(user, one)) for one in forks]
        await_waiting(2, "FROM messages")
    for one in both:
        one.result()
    assert kept()["messages"] == 0


def test_a_conversation_is_gone_when_its_last_messages_go_at_once_by_two_ways(user):
    """One chat holds its first turn, another one its second: neither sees that the other's is going."""
    origin = chat(user, *SAID)
    first = fork_session(user, origin.id, 1).id
    second = fork_session(user, origin.id, 3).id
    with writing() as connection:
        connection.execute(text("DELETE FROM session_messages WHERE session_id = :s AND idx < 2"), {"s": second})
    purge(user, origin.id)
    for session_id in (first, second):
        archive_session(user, session_id)

    meanwhile("DELETE FROM messages", lambda: purge_session(user, first), lambda: purge_session(user, second))

    assert kept() == {"conversations": 0, "messages": 0, "links": 0}


LOCKED = "FOR UPDATE"


def fork(user, session_id):
    fork_session(user, session_id, 1)


def tell_history(user, session_id):
    offer(*answers("On the hook."))
    ended(user, ask(user, "And now?", history=tuple(HISTORY)))


@pytest.mark.parametrize("act", [purge_session, fork, tell_history], ids=lambda act: act.__name__)
def test_an_account_is_removed_whole_while_a_chat_of_it_changes(user, forks, act):
    """Whoever locks a chat and then refers to its owner has locked the owner first, as the removal does."""
    account("ann", admin=True)
    if act is not purge_session:
        restored(user, forks[0])
    meanwhile(LOCKED, lambda: act(user, forks[0]), lambda: remove_account(user, user.id))

    eventually(lambda: not current(Runner).tasks())
    assert kept() == {"conversations": 0, "messages": 0, "links": 0}


@pytest.mark.parametrize("step", [UNLINKED, DELETED])
def test_a_turn_taken_back_with_its_history_and_a_chat_that_shares_it_leave_nothing(user, source, step):
    from tests.support.scripted_assistants import REFUSED
    from webapp.agent.protocol import AssistantFailed

    offer(AssistantFailed(REFUSED.reason))
    live = ask(user, "And now?", history=tuple(HISTORY[:2]))
    assert ended(user, live) == REFUSED
    archive_session(user, source.id)

    meanwhile(step, lambda: discard(user, live.session_id), lambda: purge_session(user, source.id))

    assert kept() == {"conversations": 0, "messages": 0, "links": 0}


CHANGES = [purge, edit]


@pytest.mark.parametrize("change", CHANGES, ids=lambda act: act.__name__)
def test_a_history_is_linked_to_a_chat_as_it_is_then_or_not_at_all(user, source, change):
    """The chat that begins alike changes after it was found, and before it is linked to."""

    def place():
        with writing() as connection:
            return insert_history(connection, user, HISTORY, digests_of(HISTORY))

    made, _ = meanwhile("ORDER BY session_messages.idx DESC", place, lambda: change(user, source.id))

    page = read_transcript(user, made.id)
    assert [message.content for message in page.messages] == [message.content for message in HISTORY]
    assert page.session.message_count == 4
    is_whole()


def test_a_chat_that_is_linked_to_changes_after_it_was(user, source):
    longer = [*HISTORY, NewMessage(content="More")]

    def place():
        with writing() as connection:
            return insert_history(connection, user, longer, digests_of(longer))

    made, _ = meanwhile("INSERT INTO session_messages", place, lambda: edit(user, source.id))

    assert contents(user, made.id)[:4] == [message.content for message in HISTORY]
    assert contents(user, source.id) == ["Where?", "On the hook."]
    is_whole()


def test_of_several_chats_that_begin_alike_another_one_is_taken_when_the_first_goes(user, source):
    other = fork_session(user, source.id, 1)

    def place():
        with writing() as connection:
            return insert_history(connection, user, HISTORY, digests_of(HISTORY))

    made, _ = meanwhile("ORDER BY session_messages.idx DESC", place, lambda: purge(user, source.id))

    assert made.forked_from_id == other.id
    assert (made.forked_at_idx, contents(user, made.id)) == (1, [message.content for message in HISTORY])
    is_whole()


@pytest.mark.parametrize("change", CHANGES, ids=lambda act: act.__name__)
def test_a_fork_is_made_of_a_chat_as_it_is_then(user, source, change):
    fork, _ = meanwhile("FROM sessions", lambda: fork_session(user, source.id, 3), lambda: change(user, source.id))

    assert contents(user, fork.id) == [message.content for message in HISTORY]
    is_whole()


def test_no_more_is_linked_than_there_is(user, source, monkeypatch):
    """Whatever a caller believes: a session never counts messages that it does not have."""
    from webapp.services.sessions.changes import insert_session
    from webapp.services.transcripts.inserting import link_beginning

    def link_too_much():
        with writing() as connection:
            made = insert_session(connection, user, forked_from=Beginning(source.id, 7))
            link_beginning(connection, made.id, source.id, 7)

    with pytest.raises(NotFound):
        link_too_much()
    is_whole()
