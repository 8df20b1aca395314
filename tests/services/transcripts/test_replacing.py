"""Saying something differently: the new turn takes the place of everything from there on, once it is finished."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import update

from tests.support.accounts import ALICE
from tests.support.cast import chat, contents, ended, link, live_rows, say, stored
from tests.support.scripted_assistants import REFUSED, answers, ask, fail, held, offer, stop
from tests.support.searching import search_messages
from webapp.database.transaction import writing
from webapp.errors import Archived, Invalid, StaleTranscript
from webapp.ids import utc_now
from webapp.models import Replacement, table_of
from webapp.services.live import discard
from webapp.services.live.values import Discarded
from webapp.services.sessions.changes import (
    archive_session,
    create_session,
    get_session,
    rename_session,
    restore_session,
)
from webapp.services.sessions.forks import fork_session
from webapp.services.sessions.purge import purge_session
from webapp.services.transcripts.keeping import KEPT_FOR, forget_old
from webapp.services.transcripts.reading import read_transcript

SAID = [("alder", "ash"), ("beech", "birch"), ("cedar", "cherry")]
WORDS = [word for pair in SAID for word in pair]


@pytest.fixture
def session(user):
    return chat(user, *SAID)


def found(user, session_id):
    """The words of the chat, and of what was said instead, that a search still finds in it."""
    words = (*WORDS, "willow", "yew")
    return [word for word in words if session_id in {hit.session_id for hit in search_messages(user, f"{word} ").data}]


def expire():
    """Let what was replaced be too old for an undo."""
    with writing() as connection:
        old = utc_now() - KEPT_FOR - timedelta(seconds=1)
        connection.execute(update(table_of(Replacement)).values(made_at=old))
        forget_old(connection, ALICE)


def edit(user, session_id, idx, content="willow", answer="yew", **more):
    assistant = offer(*answers(answer))
    turn = ended(user, ask(user, content, session_id, edits_idx=idx, **more)).turn
    return turn, assistant


@pytest.mark.parametrize("idx", [0, 2, 4], ids=["the first", "one between", "the last"])
def test_a_message_said_differently_replaces_all_that_followed(user, session, idx):
    before = read_transcript(user, session.id).messages

    turn, assistant = edit(user, session.id, idx, expected_last_idx=5)

    after = read_transcript(user, session.id).messages
    assert [said.content for said in assistant.asked[0]] == [*WORDS[:idx], "willow"]
    assert after == [*before[:idx], turn.user, turn.assistant]
    assert [message.content for message in after] == [*WORDS[:idx], "willow", "yew"]
    assert turn.user.id not in {message.id for message in before}
    assert (turn.session.message_count, turn.session.revision) == (idx + 2, session.revision + 1)
    assert turn.session == get_session(user, session.id)


@pytest.mark.parametrize("idx", [0, 2, 4], ids=["the first", "one between", "the last"])
def test_nothing_superseded_is_found_and_nothing_is_kept_for_ever(user, session, idx):
    edit(user, session.id, idx)

    assert stored() == {"conversations": 1, "messages": len(WORDS) + 2, "links": idx + 2}
    assert found(user, session.id) == [*WORDS[:idx], "willow", "yew"]
    expire()
    assert stored() == {"conversations": 1, "messages": idx + 2, "links": idx + 2}


def test_a_replaced_message_takes_its_conversation_along_if_it_was_the_last_of_it(user):
    origin, target = chat(user, ("alder", "ash")), create_session(user)
    link(target.id, *(message.id for message in read_transcript(user, origin.id).messages))
    archive_session(user, origin.id)
    purge_session(user, origin.id)
    assert stored() == {"conversations": 2, "messages": 2, "links": 2}

    edit(user, target.id, 0)
    expire()

    assert stored() == {"conversations": 1, "messages": 2, "links": 2}


def test_the_old_end_stays_for_all_to_see_until_the_new_one_is_finished(user, session):
    before = read_transcript(user, session.id)
    with held("ye", rest=answers("w")) as gate:
        live = ask(user, "willow", session.id, edits_idx=2)
        gate.await_reply()

        assert (live.question_idx, live.replaces_from_idx, live.replaced_count) == (2, 2, 4)
        assert read_transcript(user, session.id) == before
        assert found(user, session.id) == WORDS
        gate.open()
        ended(user, live)
    assert contents(user, session.id) == ["alder", "ash", "willow", "yew"]


@pytest.mark.parametrize("idx", [0, 2, 4], ids=["the first", "one between", "the last"])
def test_an_answer_that_fails_leaves_the_old_end_and_can_be_tried_again_or_let_be(user, session, idx):
    before = read_transcript(user, session.id)
    fail(user, "willow", session.id, edits_idx=idx)
    fail(user, "willow", session.id, edits_idx=idx)
    assert read_transcript(user, session.id) == before
    assert stop(user, session.id).outcome == REFUSED

    assert discard(user, session.id) == "willow"
    assert (read_transcript(user, session.id), live_rows()) == (before, [])

    fail(user, "willow", session.id, edits_idx=idx)
    offer(*answers("yew"))
    ended(user, ask(user, None, session.id))
    assert contents(user, session.id) == [*WORDS[:idx], "willow", "yew"]


def test_stopping_keeps_what_is_there_in_place_of_the_old_end_and_nothing_if_nothing_is(user, session):
    before = read_transcript(user, session.id)
    with held():
        live = ask(user, "willow", session.id, edits_idx=2)
        assert stop(user, session.id).outcome == Discarded()
    assert ended(user, live) == Discarded()
    assert read_transcript(user, session.id) == before

    with held("yew") as gate:
        ask(user, "willow", session.id, edits_idx=2)
        gate.await_reply()
        stop(user, session.id)
    assert contents(user, session.id) == ["alder", "ash", "willow", "yew"]


def test_a_session_archived_or_moved_on_meanwhile_keeps_its_end(user, session):
    with held("yew"):
        live = ask(user, "willow", session.id, edits_idx=2)
        archive_session(user, session.id)
    assert ended(user, live).code == "archived"
    assert contents(user, session.id) == WORDS
    with pytest.raises(Archived):
        ask(user, None, session.id)

    restore_session(user, session.id)
    with held("yew"):
        live = ask(user, None, session.id)
        say(user, session.id, "dogwood", "elm")
    assert ended(user, live).code == "stale-transcript"
    assert contents(user, session.id) == [*WORDS, "dogwood", "elm"]
    with pytest.raises(StaleTranscript):
        ask(user, None, session.id)


def test_a_session_deleted_meanwhile_leaves_its_fork_whole(user, session):
    fork = fork_session(user, session.id, 5)
    with held("yew"):
        live = ask(user, "willow", session.id, edits_idx=2)
        archive_session(user, session.id)
        purge_session(user, session.id)
        assert ended(user, live) == Discarded()
    assert contents(user, fork.id) == WORDS
    assert stored()["messages"] == 6


def test_only_a_message_of_ones_own_can_be_said_differently(user, session):
    assistant = offer(*answers("yew"))
    for idx in (1, 5, 6, 7, -1):
        with pytest.raises(Invalid) as refused:
            ask(user, "willow", session.id, edits_idx=idx)
        assert [problem.pointer for problem in refused.value.problems] == ["#/idx"]
    with pytest.raises(StaleTranscript):
        ask(user, "willow", session.id, edits_idx=2, expected_last_idx=3)
    assert (assistant.asked, live_rows()) == ([], [])


def test_the_automatic_title_follows_the_first_message_and_no_other(user, session):
    assert edit(user, session.id, 2)[0].session.title == "alder"
    assert edit(user, session.id, 0, "# Which willow?")[0].session.title == "Which willow?"
    rename_session(user, session.id, "Trees")
    assert edit(user, session.id, 0)[0].session.title == "Trees"
    assert edit(user, fork_session(user, session.id, 1).id, 0)[0].session.title == "Trees (fork)"
