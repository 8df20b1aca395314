"""An import makes way for others who write."""

import pytest

from tests.support.cast import chat
from webapp.services.ingest import pace


class Clock:
    """A clock that only pauses and the test move."""

    def __init__(self):
        self.now = 1_000.0
        self.pauses = []

    def monotonic(self):
        return self.now

    def sleep(self, seconds):
        self.pauses.append(round(seconds, 6))
        self.now += seconds


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(pace, "time", clock)
    return clock


def write(own, clock, seconds=0.0):
    with own.transaction():
        clock.now += seconds


@pytest.mark.one_database("PostgreSQL's writers do not wait for each other.")
def test_it_pauses_longer_while_another_process_writes(user, make_app, clock):
    own = pace.Pace()
    write(own, clock)
    write(own, clock)
    with make_app().app_context():
        chat(user, "Hello")
    write(own, clock)
    write(own, clock)
    clock.now += pace._SHARED_SECONDS
    write(own, clock)
    write(own, clock)

    assert clock.pauses == [pace._PAUSE, pace._PAUSE, pace._SHARED_PAUSE, pace._PAUSE]


@pytest.mark.one_database("PostgreSQL's writers do not wait for each other.")
def test_reading_between_two_transactions_is_a_pause(user, clock):
    own = pace.Pace()
    write(own, clock)
    clock.now += pace._PAUSE / 5
    write(own, clock)
    clock.now += pace._PAUSE * 2
    write(own, clock)

    assert clock.pauses == [round(pace._PAUSE * 4 / 5, 6)]


def test_transactions_grow_while_they_are_short_and_shrink_when_they_are_long(user, clock):
    own = pace.Pace()
    sizes = []
    for seconds in (0.001, 0.001, 1.0, 1.0, 1.0):
        write(own, clock, seconds)
        sizes.append(own.messages)

    assert sizes == [300, 450, 135, pace._LEAST, pace._LEAST]
