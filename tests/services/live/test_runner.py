"""The threads that write: no more than there is room for, and none left behind."""

from __future__ import annotations

import threading

import pytest
from flask import current_app

from tests.support.accounts import ALICE
from tests.support.cast import chat, contents, ended, eventually, kept, live_rows, stranger, threads_of
from tests.support.scripted_assistants import answers, ask, held, offer, run, stop
from webapp.errors import Answering, Busy, Invalid, NotFound, TooMany
from webapp.ids import new_id
from webapp.services.live.ending import INTERRUPTED
from webapp.services.live.following import outcome_of
from webapp.services.live.process.pool import Runner
from webapp.services.live.values import Failed
from webapp.state import current

CUT = Failed("interrupted", INTERRUPTED)


@pytest.fixture
def runner(user):
    return current(Runner)


@pytest.fixture
def user(make_app):
    """Somebody whose server writes two replies at a time."""
    with make_app(live_turns=2).app_context():
        yield ALICE


def nobody_writes():
    eventually(lambda: not threads_of("writer") + threads_of("writer heartbeat"))


def test_a_question_for_which_there_is_no_room_is_refused_and_leaves_nothing(user):
    session = chat(user, "One")
    with held("Grey") as gate:
        running = [ask(user, "Two", session.id), ask(user, "Which?")]
        before = kept()

        for session_id in (chat(user).id, None):
            with pytest.raises(Busy):
                ask(user, "Three", session_id)
        assert len(live_rows()) == 2
        assert kept() == {**before, "conversations": before["conversations"] + 1}
        gate.open()
        for live in running:
            ended(user, live)
    nobody_writes()

    assert ended(user, ask(user, "Three")).turn.user.content == "Three"


def test_one_user_cannot_take_all_the_room(make_app):
    with make_app(live_turns=4, live_turns_each=2).app_context():
        bob = stranger()
        with held("Grey") as gate:
            running = [(ALICE, ask(ALICE, "One")), (ALICE, ask(ALICE, "Two"))]
            before = kept()
            with pytest.raises(TooMany) as refused:
                ask(ALICE, "Three")
            assert refused.value.headers["Retry-After"]
            assert kept() == before
            running += [(bob, ask(bob, "One")), (bob, ask(bob, "Two"))]
            gate.open()
            for user, live in running:
                ended(user, live)
        nobody_writes()
        assert ended(ALICE, ask(ALICE, "Three")).turn.user.content == "Three"


def test_a_machine_without_a_thread_to_spare_says_so_and_offers_another_try(user, runner, monkeypatch):
    session = chat(user, "One")
    offer(*answers("Two."))
    start = threading.Thread.start

    def refuse(thread):
        if thread.name == "writer":
            raise RuntimeError("can't start new thread")
        start(thread)

    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", refuse)
        with pytest.raises(Busy) as refused:
            ask(user, "Two", session.id)
    assert runner.slots.count == 0
    assert not runner.tasks()
    # At once: nobody has to wait until it is taken for dead.
    assert outcome_of(user, live_rows()[0]) == Failed("busy", refused.value.detail)
    assert ended(user, ask(user, "Two", session.id)).turn.assistant.content == "Two."


@pytest.mark.parametrize("how", ["answered", "failed", "stopped", "refused"])
def test_a_place_is_given_back_whatever_came_of_it(user, runner, how):
    session = chat(user, "One")
    for number in range(3):
        if how == "stopped":
            with held("Grey") as gate:
                live = ask(user, f"Question {number}", session.id)
                gate.await_reply()
                stop(user, session.id)
        elif how == "refused":
            with pytest.raises(Invalid):
                ask(user, "Which?", assistant="nobody")
            with pytest.raises(NotFound):
                ask(user, "Which?", new_id(), assistant=None)
        else:
            offer(*(answers("Grey.") if how == "answered" else [ZeroDivisionError()]))
            live = ask(user, f"Question {number}", session.id, drops_failed=True)
            ended(user, live)
        nobody_writes()

    assert runner.slots.count == 0
    assert runner.tasks() == []


def test_who_has_an_answer_finds_room_for_the_next_question(make_app):
    with make_app(live_turns=1).app_context():
        user = ALICE
        session = chat(user)
        offer(*answers("Noted."))

        for number in range(20):
            run(user, f"Question {number}", session_id=session.id, assistant="scripted")

        assert len(contents(user, session.id)) == 40


def test_a_repeated_question_needs_no_room_of_its_own(user):
    with held("Grey"):
        running = [ask(user, "Which?"), ask(user, "Who?")]
        assert outcome_of(user, running[0]) is None
        # It is told what the matter is with this chat, not that the server is full.
        with pytest.raises(Answering):
            ask(user, "Which?", running[0].session_id)
    for live in running:
        assert ended(user, live).turn.user.content == live.content


def test_a_server_that_ends_lets_replies_finish(user, runner):
    with held("Grey") as gate:
        live = ask(user, "Which?")
        gate.await_reply()
        closing = threading.Thread(target=runner.close, args=(30,))
        closing.start()
        eventually(lambda: runner.closing.has_begun)
        with pytest.raises(Busy):
            ask(user, "Who?")
        assert outcome_of(user, live) is None
        gate.open()
        closing.join(20)

    assert not closing.is_alive()
    assert outcome_of(user, live).turn.assistant.content == "Grey And the rest."
    nobody_writes()


def test_a_server_that_must_end_keeps_every_question_for_the_next_one(user, runner, make_app):
    with held("Grey") as gate:
        live = ask(user, "Which?")
        gate.await_reply()
        stop = runner.find(live.session_id).stop

        runner.close(0)

        assert stop.is_requested
        assert outcome_of(user, live) == CUT
        (row,) = live_rows()
        assert (row.state, row.problem, row.partial, row.content) == ("failed", "interrupted", "Grey", "Which?")
    nobody_writes()
    assert kept()["messages"] == 0
    with make_app().app_context():
        offer(*answers("White."))
        assert ended(user, ask(user, None, live.session_id)).turn.assistant.content == "White."


def test_a_server_that_is_told_to_end_interrupts_what_takes_longer_than_its_grace(make_app):
    with make_app(grace=0.5).app_context():
        user, runner, told = ALICE, current(Runner), threading.Event()
        with held("Grey"):
            live = ask(user, "Which?")
            runner.closing.watch(told.is_set)
            assert not runner.closing.has_begun

            told.set()

            with pytest.raises(Busy):
                ask(user, "Who?")
            assert eventually(lambda: outcome_of(user, live)) == CUT
        nobody_writes()


def test_whoever_waits_when_the_server_must_end_is_told(user, runner):
    came = []
    app = current_app._get_current_object()

    def wait():
        with app.app_context():
            came.append(ended(user, live))

    with held("Grey") as gate:
        live = ask(user, "Which?")
        gate.await_reply()
        waiting = threading.Thread(target=wait)
        waiting.start()
        runner.close(0)
        waiting.join(20)

    assert came == [CUT]
    nobody_writes()
