"""Undo of edits and new answers, and keeping both versions."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import update

from tests.support.cast import chat, contents, ended, say, stored, stranger
from tests.support.scripted_assistants import answers, ask, fail, held, offer, run
from tests.support.searching import search_messages
from webapp.database.transaction import leave_transaction, writing
from webapp.errors import Answering, Archived, NotFound, StaleTranscript, Unanswered
from webapp.ids import utc_now
from webapp.models import Replacement, table_of
from webapp.services.accounts.deletion import remove_account
from webapp.services.idempotency import AlreadyAnswered, RequestKey
from webapp.services.live import discard
from webapp.services.replacements.keeping_both import keep_both
from webapp.services.replacements.undoing import undo_replacement
from webapp.services.sessions.changes import archive_session, get_session, rename_session
from webapp.services.sessions.forks import fork_session
from webapp.services.sessions.purge import purge_session
from webapp.services.strikes.strike import strike_message
from webapp.services.transcripts.keeping import KEPT_FOR
from webapp.services.transcripts.reading import read_transcript
from webapp.services.transcripts.replacements import list_replacements
from webapp.services.verification import Verification

SAID = [("alder", "ash"), ("beech", "birch"), ("cedar", "cherry")]
WORDS = [word for pair in SAID for word in pair]


@pytest.fixture
def session(user):
    return chat(user, *SAID)


@pytest.fixture(autouse=True)
def _whole(user):
    yield
    leave_transaction()
    assert list(Verification().findings()) == []


def edit(user, session_id, idx, content="willow", answer="yew"):
    offer(*answers(answer))
    return run(user, content, session_id, edits_idx=idx, assistant="scripted")


def regenerate(user, session_id, answer="yew"):
    offer(*answers(answer))
    return run(user, None, session_id, assistant="scripted")


def newest(user, session_id):
    leave_transaction()
    return list_replacements(user, session_id)[0][0]


def found(user, word):
    return [hit.session_id for hit in search_messages(user, word).data]


@pytest.mark.parametrize("idx", [0, 2, 4])
def test_the_undo_of_an_edit_puts_back_the_same_messages(user, session, idx):
    before = read_transcript(user, session.id)
    after_edit = edit(user, session.id, idx).turn.session
    assert found(user, "cherry") == []

    undone = undo_replacement(user, session.id, newest(user, session.id).id)

    after = read_transcript(user, session.id)
    assert after.messages == before.messages
    assert undone == after.session
    assert (undone.title, undone.message_count) == (before.session.title, before.session.message_count)
    assert undone.revision == after_edit.revision + 1
    assert undone.last_activity_at == after_edit.last_activity_at
    assert found(user, "cherry") == [session.id]
    assert found(user, "willow") == []


def test_the_undo_of_a_new_answer_puts_back_the_old_one_and_can_be_undone(user, session):
    old = read_transcript(user, session.id).messages
    new = regenerate(user, session.id).turn.assistant
    undo_replacement(user, session.id, newest(user, session.id).id)
    assert read_transcript(user, session.id).messages == old
    undo_replacement(user, session.id, newest(user, session.id).id)
    assert read_transcript(user, session.id).messages == [*old[:-1], new]
    assert stored()["messages"] == 7


def test_an_undo_is_done_once(user, session):
    regenerate(user, session.id)
    replacement = newest(user, session.id)
    undo_replacement(user, session.id, replacement.id)
    with pytest.raises(NotFound, match="undone before"):
        undo_replacement(user, session.id, replacement.id)
    assert contents(user, session.id) == WORDS


def test_a_chat_that_went_on_keeps_what_was_said_and_offers_both(user, session):
    edit(user, session.id, 2)
    replacement = newest(user, session.id)
    say(user, session.id, "fir", "fig")
    with pytest.raises(StaleTranscript, match="gone on"):
        undo_replacement(user, session.id, replacement.id)
    assert contents(user, session.id) == ["alder", "ash", "willow", "yew", "fir", "fig"]

    fork = keep_both(user, session.id, replacement.id)

    assert fork.title == "alder (before the edit)"
    assert (fork.forked_from_id, fork.forked_at_idx) == (session.id, 1)
    assert contents(user, fork.id) == WORDS
    assert stored()["messages"] == len(WORDS) + 4
    assert found(user, "cherry") == [fork.id]
    assert contents(user, session.id)[-1] == "fig"


def test_both_are_kept_of_an_edit_of_the_first_message(user, session):
    edit(user, session.id, 0)
    assert get_session(user, session.id).title == "willow"
    fork = keep_both(user, session.id, newest(user, session.id).id)
    assert (fork.title, fork.forked_from_id) == ("alder (before the edit)", None)
    assert contents(user, fork.id) == WORDS


def test_both_are_kept_of_a_new_answer_and_the_name_of_the_user_stays(user, session):
    rename_session(user, session.id, "Trees")
    regenerate(user, session.id)
    replacement = newest(user, session.id)
    assert keep_both(user, session.id, replacement.id).title == "Trees (the earlier answer)"
    undo_replacement(user, session.id, replacement.id)
    assert contents(user, session.id) == WORDS


def test_keeping_both_twice_with_one_key_makes_one_chat(app, user, session):
    regenerate(user, session.id)
    key = RequestKey("k", "f" * 64, "session")
    keep_both(user, session.id, newest(user, session.id).id, key=key)
    rows = stored()
    with pytest.raises(AlreadyAnswered):
        keep_both(user, session.id, newest(user, session.id).id, key=key)
    assert stored() == rows


def test_after_an_earlier_edit_the_later_one_waits_for_its_undo(user, session):
    regenerate(user, session.id)
    later = newest(user, session.id)
    edit(user, session.id, 2)
    for act in (undo_replacement, keep_both):
        with pytest.raises(StaleTranscript):
            act(user, session.id, later.id)
    undo_replacement(user, session.id, newest(user, session.id).id)
    assert contents(user, session.id) == [*WORDS[:-1], "yew"]
    undo_replacement(user, session.id, later.id)
    assert contents(user, session.id) == WORDS


def test_what_is_too_old_is_gone(user, session):
    regenerate(user, session.id)
    replacement = newest(user, session.id)
    with writing() as connection:
        old = utc_now() - KEPT_FOR - timedelta(seconds=1)
        connection.execute(update(table_of(Replacement)).values(made_at=old))
    assert list_replacements(user, session.id) == []
    for act in (undo_replacement, keep_both):
        with pytest.raises(NotFound):
            act(user, session.id, replacement.id)
    regenerate(user, session.id, "elm")
    assert stored()["messages"] == len(WORDS) + 1
    assert len(list_replacements(user, session.id)) == 1


def test_of_strangers_nothing_is_undone(user, session):
    regenerate(user, session.id)
    replacement, bob = newest(user, session.id), stranger()
    for act in (undo_replacement, keep_both):
        with pytest.raises(NotFound):
            act(bob, session.id, replacement.id)
    with pytest.raises(NotFound):
        list_replacements(bob, session.id)
    assert contents(user, session.id)[-1] == "yew"


def test_an_archived_chat_is_not_changed_but_both_are_kept(user, session):
    regenerate(user, session.id)
    replacement = newest(user, session.id)
    archive_session(user, session.id)
    with pytest.raises(Archived):
        undo_replacement(user, session.id, replacement.id)
    assert [can for _, can in list_replacements(user, session.id)] == [False]
    assert contents(user, keep_both(user, session.id, replacement.id).id) == WORDS


def test_while_an_answer_is_written_or_missing_nothing_is_undone(user, session):
    regenerate(user, session.id)
    replacement = newest(user, session.id)
    with held("Hm") as gate:
        live = ask(user, "More?", session.id)
        gate.await_reply()
        with pytest.raises(Answering):
            undo_replacement(user, session.id, replacement.id)
    ended(user, live)
    regenerate(user, session.id)
    fail(user, "Still?", session.id)
    with pytest.raises(Unanswered):
        undo_replacement(user, session.id, newest(user, session.id).id)
    discard(user, session.id)


def test_an_answer_to_a_question_without_one_replaces_nothing(user, session):
    fork = fork_session(user, session.id, 0)
    regenerate(user, fork.id)
    assert list_replacements(user, fork.id) == []


def test_with_its_chat_goes_what_it_replaced(user, session):
    edit(user, session.id, 0)
    keep_both(user, session.id, newest(user, session.id).id)
    archive_session(user, session.id)
    purge_session(user, session.id)
    assert stored()["messages"] == len(WORDS)


def test_with_its_account_goes_what_it_replaced(user):
    from tests.support.people import account

    carol = account("carol")
    session = chat(carol, *SAID)
    edit(carol, session.id, 0)
    from webapp.services.users import CurrentUser

    remove_account(CurrentUser(user.id, user.name, is_admin=True), carol.id)
    assert stored()["messages"] == 0


def test_a_fork_that_was_edited_before_its_branch_gets_its_branch_back(user, session):
    fork = fork_session(user, session.id, 3)
    edit(user, fork.id, 2)
    assert get_session(user, fork.id).forked_at_idx == 1
    undo_replacement(user, fork.id, newest(user, fork.id).id)
    assert get_session(user, fork.id).forked_at_idx == 3
    assert contents(user, fork.id) == WORDS[:4]


def test_a_replaced_message_can_be_struck_and_comes_back_struck(user, session):
    old = read_transcript(user, session.id).messages
    edit(user, session.id, 2)
    strike_message(user, old[2].id)
    undo_replacement(user, session.id, newest(user, session.id).id)
    assert contents(user, session.id) == ["alder", "ash", "", *WORDS[3:]]


def test_search_passes_over_what_waits_for_an_undo(user, session):
    """A page of hits is full although messages that wait for an undo match as well."""
    for number in range(6):
        regenerate(user, session.id, f"yew number{number}")
    say(user, session.id, "yew tree", "fine")
    page = search_messages(user, "yew", limit=1)
    assert len(page.data) == 1
    following = search_messages(user, "yew", limit=1, cursor=page.next)
    assert "number5" in "".join(following.data[0].snippet)
    assert following.next is None
