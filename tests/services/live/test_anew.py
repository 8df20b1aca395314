"""An answer that should be another one, and a question that has none."""

from __future__ import annotations

import pytest

from tests.support.cast import chat, contents, ended, kept, link, live_rows, say
from tests.support.scripted_assistants import answers, ask, fail, held, offer, stop
from tests.support.searching import search_messages
from webapp.agent.values import End, Utterance
from webapp.errors import Invalid, StaleTranscript
from webapp.services.live import discard
from webapp.services.live.values import Discarded
from webapp.services.sessions.changes import create_session, get_session
from webapp.services.sessions.forks import fork_session
from webapp.services.transcripts.reading import read_transcript


def transcript(user, session_id):
    return read_transcript(user, session_id).messages


def found(user, word):
    return [hit.session_id for hit in search_messages(user, f"{word} ").data]


def test_an_answer_is_made_anew_for_the_same_question(user):
    session = chat(user, ("One", "1"), ("Two", "basil"))
    before = transcript(user, session.id)
    with held("Thyme", rest=answers(".")) as gate:
        live = ask(user, None, session.id, expected_last_idx=3)
        gate.await_reply()

        assert transcript(user, session.id) == before
        assert found(user, "basil") == [session.id]
        gate.open()
        turn = ended(user, live).turn

    after = transcript(user, session.id)
    assert after[:3] == before[:3]
    assert turn.user == before[2]
    assert after[3:] == [turn.assistant]
    assert (turn.assistant.idx, turn.assistant.id, turn.assistant.content) == (3, live.attempt, "Thyme.")
    assert (found(user, "basil"), found(user, "thyme")) == ([], [session.id])
    assert kept() == {"conversations": 1, "messages": 4, "links": 4}
    assert get_session(user, session.id).revision == session.revision + 1


def test_an_answer_made_anew_is_not_told_the_old_one(user):
    session = chat(user, ("One", "1"), ("Two", "2"))
    assistant = offer(*answers("Zwei"))

    ended(user, ask(user, None, session.id))

    assert assistant.asked == [[Utterance("user", "One"), Utterance("assistant", "1"), Utterance("user", "Two")]]


def test_an_answer_that_a_fork_still_holds_stays_there(user):
    session = chat(user, ("One", "basil"))
    fork = fork_session(user, session.id, 1)
    offer(*answers("thyme"))

    ended(user, ask(user, None, session.id))

    assert contents(user, session.id) == ["One", "thyme"]
    assert contents(user, fork.id) == ["One", "basil"]
    assert (found(user, "basil"), found(user, "thyme")) == ([fork.id], [session.id])


def test_a_new_answer_that_fails_leaves_the_old_one_and_can_be_tried_again_or_let_be(user):
    session = chat(user, ("One", "1"))
    for _ in range(2):
        fail(user, None, session.id)
        assert contents(user, session.id) == ["One", "1"]
        assert get_session(user, session.id) == session

    assert discard(user, session.id) == "One"
    assert (contents(user, session.id), live_rows()) == (["One", "1"], [])

    fail(user, None, session.id)
    offer(*answers("Eins"))
    ended(user, ask(user, None, session.id))
    assert contents(user, session.id) == ["One", "Eins"]


def test_a_new_answer_is_not_tried_again_once_the_session_moved_on(user):
    session = chat(user, ("One", "1"))
    fail(user, None, session.id)
    say(user, session.id, "Two", "2")

    with pytest.raises(StaleTranscript):
        ask(user, None, session.id)

    discard(user, session.id)
    assert contents(user, session.id) == ["One", "1", "Two", "2"]


def test_a_new_answer_stopped_before_its_first_word_leaves_the_old_one(user):
    session = chat(user, ("One", "1"))
    with held():
        live = ask(user, None, session.id)

        assert stop(user, session.id).outcome == Discarded()

    assert ended(user, live) == Discarded()
    assert contents(user, session.id) == ["One", "1"]


def test_a_question_that_ends_a_transcript_is_answered(user):
    origin = chat(user, ("One", "1"), ("Two", "2"))
    fork = fork_session(user, origin.id, 2)
    assistant = offer(*answers("Zwei"))

    turn = ended(user, ask(user, None, fork.id)).turn

    assert [said.content for said in assistant.asked[0]] == ["One", "1", "Two"]
    assert turn.user == transcript(user, origin.id)[2]
    assert (contents(user, fork.id), contents(user, origin.id)) == (
        ["One", "1", "Two", "Zwei"],
        ["One", "1", "Two", "2"],
    )
    assert get_session(user, fork.id).forked_at_idx == 2


def test_where_nothing_was_asked_there_is_nothing_to_answer(user):
    empty, odd = create_session(user), create_session(user)
    origin = chat(user, "One")
    link(odd.id, transcript(user, origin.id)[1].id)
    assistant = offer(End(model="m"))

    for session_id in (empty.id, odd.id):
        with pytest.raises(Invalid):
            ask(user, None, session_id)
    assert (assistant.asked, live_rows()) == ([], [])
