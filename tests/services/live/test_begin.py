"""Beginning a live turn: what is stored, and everything that is refused before anybody is asked."""

from __future__ import annotations

import pytest

from tests.support.cast import age, chat, contents, ended, kept, live_rows, say, stranger
from tests.support.scripted_assistants import REFUSED, answers, ask, fail, held, offer, run
from webapp.agent.values import Utterance
from webapp.errors import Answering, Archived, Invalid, NotFound, StaleTranscript, Unanswered
from webapp.ids import new_id
from webapp.services.live import SystemMessage
from webapp.services.live.following import outcome_of
from webapp.services.sessions.changes import archive_session, get_session
from webapp.services.sessions.listing import SessionFilter, list_sessions
from webapp.services.transcripts.reading import read_transcript


def test_what_is_being_answered_is_no_message_yet(user):
    session = chat(user, "One")
    before = kept()

    with held("Grey"):
        live = ask(user, "Two", session.id)

        assert kept() == before
        assert get_session(user, session.id) == session
        (row,) = live_rows()
        assert (row.session_id, row.attempt, row.content, row.state) == (session.id, live.attempt, "Two", "writing")
        assert (row.base_idx, row.question_idx, row.replaces_from_idx, row.made_session) == (1, 2, None, False)
    ended(user, live)
    assert live_rows() == []


def test_one_answer_at_a_time_is_written_in_a_session_and_one_in_any_other(user):
    session, other = chat(user, "One"), chat(user, "One")
    with held("Grey") as gate:
        live = ask(user, "Two", session.id)
        for refused in ("Two", "Three", None):
            with pytest.raises(Answering):
                ask(user, refused, session.id)
        with pytest.raises(Answering):
            ask(user, "Uno", session.id, edits_idx=0)
        with pytest.raises(Answering):
            run(user, "Three", session_id=session.id)

        elsewhere = ask(user, "Two", other.id)
        gate.open()
        ended(user, live)
        ended(user, elsewhere)

    assert contents(user, session.id) == contents(user, other.id) == ["One", "Noted.", "Two", "Grey And the rest."]


def test_an_answer_whose_process_seems_dead_still_is_this_processs_own(user):
    session = chat(user, "One")
    with held("Grey"):
        live = ask(user, "Two", session.id)
        age(session.id)

        with pytest.raises(Answering):
            ask(user, "Three", session.id)
    ended(user, live)


def test_what_cannot_be_appended_is_refused_and_leaves_no_live_turn(user):
    offer(*answers("Too late."))
    session, archived, theirs = chat(user, "One"), chat(user, "One"), chat(stranger(), "One")
    archive_session(user, archived.id)

    for kind, session_id, options in (
        (Archived, archived.id, {}),
        (NotFound, theirs.id, {}),
        (NotFound, new_id(), {}),
        (StaleTranscript, session.id, {"expected_last_idx": 0}),
        (StaleTranscript, session.id, {"expected_last_idx": -1}),
        (StaleTranscript, None, {"expected_last_idx": 0}),
        (Invalid, session.id, {"assistant": "nobody"}),
    ):
        with pytest.raises(kind):
            ask(user, "Two", session_id, **options)
    with pytest.raises(StaleTranscript) as stale:
        ask(user, "Two", session.id, expected_last_idx=0)

    assert stale.value.facts == {"last_idx": 1, "revision": session.revision}
    assert live_rows() == []
    assert len(list_sessions(user, SessionFilter("all")).data) == 2


def test_the_same_words_again_after_a_failure_are_its_next_try(user):
    session = chat(user, "One")
    first = fail(user, "Two", session.id)

    offer(*answers("2"))
    again = ask(user, "Two", session.id, expected_last_idx=1)
    result = ended(user, again)

    assert (again.user_message_id, again.asked_at) == (first.user_message_id, first.asked_at)
    assert again.attempt != first.attempt
    assert result.turn.user.id == first.user_message_id
    assert contents(user, session.id) == ["One", "Noted.", "Two", "2"]


def test_other_words_after_a_failure_wait_for_a_decision(user):
    session = chat(user, "One")
    failed = fail(user, "Two", session.id)
    assistant = offer(*answers("3"))

    with pytest.raises(Unanswered):
        ask(user, "Three", session.id)
    with pytest.raises(Unanswered):
        ask(user, "Uno", session.id, edits_idx=0)
    assert outcome_of(user, failed) == REFUSED
    assert assistant.asked == []

    ended(user, ask(user, "Three", session.id, drops_failed=True))
    assert contents(user, session.id) == ["One", "Noted.", "Three", "3"]


def test_a_next_try_goes_behind_what_was_said_meanwhile(user):
    session = chat(user, "One")
    fail(user, "Two", session.id)
    say(user, session.id, "Meanwhile", "Said elsewhere.")

    with pytest.raises(StaleTranscript):
        ask(user, "Two", session.id, expected_last_idx=1)
    assistant = offer(*answers("2"))
    ended(user, ask(user, "Two", session.id, expected_last_idx=3))

    assert [said.content for said in assistant.asked[0]] == ["One", "Noted.", "Meanwhile", "Said elsewhere.", "Two"]
    assert contents(user, session.id)[-2:] == ["Two", "2"]


def test_system_messages_are_said_in_their_places_also_at_the_next_try_and_never_kept(user):
    failed = fail(user, "Which?", history=(), system=[SystemMessage(0, "Be brief.")])
    assistant = offer(*answers("Grey."))

    result = ended(user, ask(user, None, failed.session_id))

    assert assistant.asked == [[Utterance("system", "Be brief."), Utterance("user", "Which?")]]
    assert [message.role for message in read_transcript(user, result.turn.session.id).messages] == ["user", "assistant"]
