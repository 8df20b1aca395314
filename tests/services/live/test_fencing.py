"""Processes that die or sleep while they write: the question is not lost, and nothing is answered twice."""

from __future__ import annotations

import pytest
from flask import current_app

from tests.support.accounts import ALICE
from tests.support.cast import age, chat, contents, ended, eventually, freeze, kept, live_rows
from tests.support.scripted_assistants import answers, ask, held, offer, stop
from webapp.errors import Answering, Unanswered
from webapp.ids import utc_now
from webapp.services.live import discard
from webapp.services.live.ending import INTERRUPTED
from webapp.services.live.following import get_live_turn, outcome_of
from webapp.services.live.values import Discarded, Failed, Superseded
from webapp.services.sessions.changes import archive_session
from webapp.services.sessions.purge import purge_session

DEAD = Failed("interrupted", INTERRUPTED)


@pytest.fixture
def other(make_app):
    """Another process on the same database."""
    return make_app()


@pytest.fixture
def session(user):
    return chat(user, "One")


@pytest.fixture
def sleeper(user, session):
    """An answer whose process fell asleep; opening the gate wakes it."""
    with held("Grey", rest=answers(" grout.")) as gate:
        live = ask(user, "Two", session.id)
        gate.await_reply()
        draft = freeze(live)
        yield live, draft, gate
        wake(draft, gate)


def wake(draft, gate):
    """Let it go on where it slept, to its end."""
    gate.open()
    assert draft.wait_for_end(20)
    return draft.outcome


def test_a_dead_answer_reads_as_interrupted_everywhere(user, other, sleeper):
    live, *_ = sleeper
    for app in (current_app._get_current_object(), other):
        with app.app_context():
            assert outcome_of(user, live) == DEAD
            assert ended(user, live) == DEAD
            assert stop(user, live.session_id).outcome == DEAD
            with pytest.raises(Unanswered):
                ask(user, "Three", live.session_id, assistant=None)
    assert (get_live_turn(user, live.session_id).state, contents(user, live.session_id)) == (
        "writing",
        ["One", "Noted."],
    )


def test_an_answer_is_not_dead_for_a_moment_of_silence(user, other, session, sleeper):
    age(session.id, 10)
    with other.app_context():
        assert outcome_of(user, sleeper[0]) is None
        with pytest.raises(Answering):
            ask(user, None, session.id, assistant=None)
        with pytest.raises(Answering):
            discard(user, session.id)


def test_a_dead_answer_is_tried_again_by_another_process(user, other, session, sleeper):
    live, *_ = sleeper
    with other.app_context():
        offer(*answers("From the other."))
        again = ask(user, None, session.id)
        result = ended(user, again)

    assert (again.user_message_id, again.content) == (live.user_message_id, "Two")
    assert result.turn.assistant.id == again.attempt != live.attempt
    assert contents(user, session.id) == ["One", "Noted.", "Two", "From the other."]


def test_a_dead_answer_is_taken_back(user, other, session, sleeper):
    with other.app_context():
        assert discard(user, session.id) == "Two"

    assert outcome_of(user, sleeper[0]) == Discarded()
    assert (contents(user, session.id), live_rows()) == (["One", "Noted."], [])


def test_a_process_that_wakes_before_anybody_took_over_keeps_its_answer(user, session, sleeper):
    live, draft, gate = sleeper

    assert wake(draft, gate).turn.assistant.id == live.attempt
    assert contents(user, session.id) == ["One", "Noted.", "Two", "Grey grout."]
    assert live_rows() == []


def test_an_attempt_that_wakes_while_the_next_one_is_written_stores_nothing(user, other, session, sleeper):
    _, draft, gate = sleeper
    with other.app_context(), held("White") as second:
        again = ask(user, None, session.id)
        second.await_reply()

        assert wake(draft, gate) == Superseded()
        assert contents(user, session.id) == ["One", "Noted."]
        assert [row.attempt for row in live_rows()] == [again.attempt]
        second.open()
        ended(user, again)
    assert contents(user, session.id)[2:] == ["Two", "White And the rest."]


@pytest.mark.parametrize("how", ["answered", "taken back", "deleted"])
def test_an_attempt_that_wakes_when_all_is_over_stores_nothing(user, session, sleeper, how):
    _, draft, gate = sleeper
    if how == "answered":
        offer(*answers("White."))
        ended(user, ask(user, None, session.id))
    elif how == "taken back":
        discard(user, session.id)
    else:
        archive_session(user, session.id)
        purge_session(user, session.id)
    before = kept()

    assert wake(draft, gate) == Discarded()
    assert (kept(), live_rows()) == (before, [])


def test_an_attempt_that_wakes_and_fails_leaves_the_next_one_alone(user, session):
    with held("Grey", rest=[ZeroDivisionError()]) as gate:
        first = ask(user, "Two", session.id)
        gate.await_reply()
        draft = freeze(first)
        with held("White") as second:
            again = ask(user, None, session.id)
            second.await_reply()

            assert wake(draft, gate) == Superseded()
            assert [(row.attempt, row.state, row.problem) for row in live_rows()] == [(again.attempt, "writing", None)]
        ended(user, again)
    assert contents(user, session.id)[2:] == ["Two", "White And the rest."]


def test_a_follower_of_an_old_attempt_is_told_that_another_one_began(make_app, other):
    user = ALICE
    with make_app().app_context(), held("Grey") as gate:
        live = ask(user, "Which?")
        gate.await_reply()
        draft = freeze(live)
        with held("White") as second:
            again = ask(user, None, live.session_id)
            second.await_reply()

            assert ended(user, live) == Superseded()
            with other.app_context():
                assert ended(user, live) == Superseded()
        assert ended(user, again).turn.assistant.content == "White And the rest."
        wake(draft, gate)


def test_the_heartbeat_of_what_is_written_does_not_stop(user, session):
    with held("Grey") as gate:
        live = ask(user, "Two", session.id)
        gate.await_reply()
        age(session.id)

        eventually(lambda: (utc_now() - live_rows()[0].heartbeat_at).total_seconds() < 10)
        assert outcome_of(user, live) is None
    ended(user, live)
