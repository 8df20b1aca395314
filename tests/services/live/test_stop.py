"""Stopping: what is on the screen is kept; where nothing is, the question goes back to who asked it."""

from __future__ import annotations

import pytest

from tests.support.accounts import ALICE
from tests.support.cast import chat, contents, ended, eventually, freeze, kept, live_rows, stranger
from tests.support.scripted_assistants import REFUSED, answers, ask, fail, held, offer, run, stop
from tests.support.searching import search_messages
from webapp.errors import NotFound
from webapp.services.live.process.pool import Runner
from webapp.services.live.values import Discarded, Failed
from webapp.services.transcripts.reading import read_transcript
from webapp.state import current


def test_what_is_there_of_a_stopped_answer_is_kept(user):
    session = chat(user, "One")
    with held("Grey ", "grout") as gate:
        live = ask(user, "Two", session.id)
        gate.await_reply()

        stopped = stop(user, session.id)

        turn = stopped.outcome.turn
        assert read_transcript(user, session.id).messages[2:] == [turn.user, turn.assistant]
    assert (stopped.live.attempt, turn.assistant.id, turn.user.id) == (live.attempt, live.attempt, live.user_message_id)
    assert (turn.assistant.content, turn.assistant.finish_reason, turn.assistant.model) == (
        "Grey grout", "stopped", "scripted",
    )  # fmt: skip
    assert live_rows() == []
    assert [hit.idx for hit in search_messages(user, "grout ").data] == [3]


def test_what_a_stopped_assistant_says_later_is_not_kept(user):
    session = chat(user, "One")
    with held("Grey", rest=answers(" grout.")) as gate:
        live = ask(user, "Two", session.id)
        gate.await_reply()
        stop(user, session.id)

    # The writer ends, and another question is answered after it.
    offer(*answers("3"))
    run(user, "Three", session_id=session.id, assistant="scripted")
    assert contents(user, session.id) == ["One", "Noted.", "Two", "Grey", "Three", "3"]
    assert ended(user, live).turn.assistant.content == "Grey"


def test_an_assistant_is_told_that_nobody_wants_the_rest(app, user):
    with held("Grey") as gate:
        live = ask(user, "Which?")
        gate.await_reply()
        signal = current(Runner, app).find(live.session_id).stop
        assert not signal.is_requested

        stop(user, live.session_id)

        assert signal.is_requested


@pytest.mark.parametrize("text", [(), (" \n",)], ids=["nothing", "blanks"])
def test_a_question_stopped_before_the_first_word_goes_back_and_leaves_nothing(user, text):
    session = chat(user, "One")
    for session_id in (session.id, None):
        before = kept()
        with held(*text) as gate:
            live = ask(user, "Two", session_id)
            gate.await_reply()

            stopped = stop(user, live.session_id)

            assert (stopped.live.content, stopped.outcome) == ("Two", Discarded())
            assert (kept(), live_rows()) == (before, [])
        assert ended(user, live) == Discarded()
    assert contents(user, session.id) == ["One", "Noted."]


def test_stopping_twice_keeps_it_once(user):
    session = chat(user, "One")
    with held("Grey") as gate:
        ask(user, "Two", session.id)
        gate.await_reply()
        stop(user, session.id)

        with pytest.raises(NotFound):
            stop(user, session.id)
    assert contents(user, session.id) == ["One", "Noted.", "Two", "Grey"]


def test_what_had_failed_already_is_not_changed_by_stopping_it(user):
    failed = fail(user, "Which?")
    before = live_rows()

    assert stop(user, failed.session_id).outcome == REFUSED
    assert live_rows() == before


def test_nobody_stops_somebody_elses_answer(user):
    with held("Grey"):
        live = ask(user, "Which?")

        with pytest.raises(NotFound):
            stop(stranger(), live.session_id)
    assert ended(user, live).turn.assistant.finish_reason == "stop"


def test_an_answer_is_stopped_from_another_process(make_app):
    writing, other, user = make_app(), make_app(), ALICE
    with writing.app_context():
        session = chat(user, "One")
        with held("Grey") as gate:
            live = ask(user, "Two", session.id)
            gate.await_reply()

            with other.app_context():
                stopped = stop(user, session.id)

            assert stopped.outcome.turn.assistant.content == "Grey"
            assert stopped.outcome.turn.assistant.finish_reason == "stopped"
            assert ended(user, live).turn == stopped.outcome.turn
            assert contents(user, session.id) == ["One", "Noted.", "Two", "Grey"]


def test_a_question_is_taken_back_before_the_first_word_from_another_process(make_app):
    writing, other, user = make_app(), make_app(), ALICE
    with writing.app_context(), held() as gate:
        live = ask(user, "Which?")
        gate.await_reply()

        with other.app_context():
            assert stop(user, live.session_id).outcome == Discarded()

        assert ended(user, live) == Discarded()
        eventually(lambda: kept() == {"conversations": 0, "messages": 0, "links": 0})


def test_an_answer_whose_process_died_is_not_there_to_be_stopped(make_app):
    writing, other, user = make_app(), make_app(), ALICE
    with writing.app_context(), held("Grey") as gate:
        live = ask(user, "Which?")
        gate.await_reply()
        draft = freeze(live)

        with other.app_context():
            outcome = stop(user, live.session_id).outcome

        assert isinstance(outcome, Failed)
        assert outcome.code == "interrupted"
        assert [row.stop_wanted for row in live_rows()] == [False]
    assert draft.wait_for_end(20)
