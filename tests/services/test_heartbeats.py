"""How long a writer may be silent: every limit derives from the others, and no clock that was set kills a reply."""

from datetime import timedelta

import pytest

from tests.support.cast import age, chat, contents, ended, freeze, live_rows
from tests.support.scripted_assistants import answers, ask, held, offer, run, wait
from webapp.config.settings import Settings
from webapp.database.transaction import LOCK_WAIT_SECONDS
from webapp.errors import Answering, Interrupted, ProviderFailed
from webapp.services import heartbeats
from webapp.services.live.discarding import discard
from webapp.services.live.ending import INTERRUPTED
from webapp.services.live.following import outcome_of
from webapp.services.live.values import Failed
from webapp.services.sessions.listing import list_sessions
from webapp.services.workers.clock import Clock
from webapp.state import current

HOUR = 3_600


class Hands:
    """Two clocks that a test sets."""

    def __init__(self):
        self.wall, self.monotonic = 1_000_000.0, 50.0
        self.clock = Clock(lambda: self.wall, lambda: self.monotonic)

    def go(self, seconds):
        self.wall += seconds
        self.monotonic += seconds


@pytest.fixture
def hands():
    return Hands()


def test_a_writer_that_waits_for_a_lock_is_not_taken_for_dead():
    assert (
        heartbeats.TICK_SECONDS < heartbeats.HEARTBEAT_SECONDS < LOCK_WAIT_SECONDS < heartbeats.LONGEST_SILENCE_SECONDS
    )
    assert (
        heartbeats.LONGEST_SILENCE_SECONDS >= heartbeats.TICK_SECONDS + heartbeats.HEARTBEAT_SECONDS + LOCK_WAIT_SECONDS
    )
    assert timedelta(seconds=heartbeats.LONGEST_SILENCE_SECONDS) < heartbeats.DEAD_AFTER


def test_a_write_waits_no_longer_for_queue_and_lock_together_than_the_limits_say(make_app):
    assert current(Settings, make_app()).sqlite_lock_timeout <= LOCK_WAIT_SECONDS


@pytest.mark.parametrize("seconds", [-2 * HOUR, -HOUR, HOUR, 2 * HOUR])
def test_after_a_jump_of_the_clock_nobody_is_judged_until_all_could_write_again(hands, seconds):
    assert hands.clock.is_steady()
    hands.wall += seconds

    assert not hands.clock.is_steady()
    hands.go(heartbeats.LONGEST_SILENCE_SECONDS - 1)
    assert not hands.clock.is_steady()
    hands.go(2)
    assert hands.clock.is_steady()


def test_a_clock_that_is_corrected_slowly_makes_no_jump(hands):
    for _ in range(1_000):
        hands.go(10)
        hands.wall += 0.005
        assert hands.clock.is_steady()


@pytest.mark.parametrize("seconds", [HOUR, -HOUR], ids=["old", "from the future"])
def test_a_heartbeat_that_is_far_away_has_stopped(user, make_app, seconds):
    session = chat(user, "One")
    with held("Grey") as gate:
        live = ask(user, "Two", session.id)
        gate.await_reply()
        freeze(live)
        age(session.id, seconds)
        assert outcome_of(user, live) == Failed("interrupted", INTERRUPTED)
        assert list_sessions(user).writing == frozenset()
        with make_app().app_context():
            assert discard(user, session.id) == "Two"


@pytest.mark.parametrize("seconds", [20, -20])
def test_a_heartbeat_that_is_near_has_not_stopped(user, seconds):
    session = chat(user, "One")
    with held("Grey") as gate:
        live = ask(user, "Two", session.id)
        gate.await_reply()
        freeze(live)
        age(session.id, seconds)
        assert outcome_of(user, live) is None
        assert list_sessions(user).writing == {session.id}


@pytest.mark.parametrize("seconds", [2 * HOUR, -2 * HOUR])
def test_while_the_clock_jumps_a_living_reply_is_discarded_by_nobody(user, make_app, monkeypatch, hands, seconds):
    session = chat(user, "One")
    monkeypatch.setattr("webapp.services.workers.clock.clock", hands.clock)
    with held("Grey", rest=answers(" grout.")) as gate:
        live = ask(user, "Two", session.id)
        gate.await_reply()
        draft = freeze(live)
        # Its heartbeat is as far away as the clock was set.
        hands.wall += seconds
        age(session.id, seconds)
        with make_app().app_context():
            with pytest.raises(Answering):
                discard(user, session.id)
            with pytest.raises(Answering):
                ask(user, "Three", session.id, drops_failed=True, assistant=None)
        gate.open()
        assert draft.wait_for_end(20)
    assert contents(user, session.id) == ["One", "Noted.", "Two", "Grey grout."]


def test_who_only_waits_takes_no_silent_reply_back(user, make_app):
    """It may be writing still, behind a lock or on a machine that slept."""
    session = chat(user, "One")
    with held("Grey", rest=answers(" grout.")) as gate:
        live = ask(user, "Two", session.id)
        gate.await_reply()
        draft = freeze(live)
        with make_app().app_context(), pytest.raises(Interrupted):
            wait(user, live)
        assert [row.attempt for row in live_rows()] == [live.attempt]
        gate.open()
        assert draft.wait_for_end(20)
    assert contents(user, session.id) == ["One", "Noted.", "Two", "Grey grout."]


def test_a_reply_whose_failure_is_stored_is_taken_back_by_who_waits(user):
    session = chat(user, "One")
    offer(ZeroDivisionError())
    with pytest.raises(ProviderFailed):
        run(user, "Two", session_id=session.id, assistant="scripted")
    assert live_rows() == []
    offer(*answers("Two."))
    assert ended(user, ask(user, "Two", session.id)).turn.assistant.content == "Two."
