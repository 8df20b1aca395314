"""Answers go out at their reader's pace, and what waits for a slow one waits on the disk."""

import json

import pytest

from tests.server.wire import TOKEN, get
from tests.support.accounts import ALICE
from tests.support.cast import chat
from tests.support.waiting import eventually
from webapp.errors import Busy
from webapp.server import spool as spool_module
from webapp.server.spool import Budget, Spool

pytestmark = pytest.mark.one_database("Connections are the matter here, the database is not.")


@pytest.fixture
def large(app):
    """A chat whose transcript is an answer of 11 MB. A single word a message costs the search index nothing."""
    with app.app_context():
        return chat(ALICE, *("x" * 90_000 for _ in range(60)))


def test_many_slow_readers_of_a_large_answer_hold_neither_threads_nor_memory(serve, large, monkeypatch):
    monkeypatch.setattr("webapp.server.sending._SPOOL_AFTER_SECONDS", 0.05)
    spooled = []

    class Noted(Spool):
        def __init__(self, budget):
            super().__init__(budget)
            spooled.append(self)

    monkeypatch.setattr("webapp.server.sending.Spool", Noted)
    with serve() as server:
        slow = [server.connect(buffer=4_096).send(get(f"/api/v1/sessions/{large.id}", TOKEN)) for _ in range(12)]
        eventually(lambda: sum(bool(each._on_disk) for each in spooled) == len(slow))
        with server.connect() as wire:
            assert wire.ask(get("/healthz")).status == 200
            assert wire.ask(get("/api/v1/sessions", TOKEN)).status == 200
        # One that reads after all gets all of it.
        answer = slow[0].answer()
        assert len(json.loads(answer.body)["messages"]) == 120
        for wire in slow:
            wire.close()
        eventually(lambda: not any(each._on_disk for each in spooled))


def test_a_reader_that_takes_nothing_any_more_is_hung_up_on(serve, large, monkeypatch):
    monkeypatch.setattr("webapp.server.sending._SPOOL_AFTER_SECONDS", 0.05)
    with serve(answer_silence_seconds=0.3) as server, server.connect(buffer=4_096) as wire:
        wire.send(get(f"/api/v1/sessions/{large.id}", TOKEN))
        eventually(lambda: len(server.connections()) == 1)
        # Only what lay in the buffers of the way comes, and then an RST.
        eventually(lambda: len(server.connections()) == 0)
        with pytest.raises((ConnectionError, EOFError)):
            wire.answer()


def test_what_fits_stays_in_memory_and_the_rest_goes_to_the_disk(monkeypatch):
    monkeypatch.setattr(spool_module, "MAX_IN_MEMORY_BYTES", 100)
    budget = Budget(memory=150, disk=1_000)
    first, second, third = Spool(budget), Spool(budget), Spool(budget)
    first.write(b"a" * 80)
    second.write(b"b" * 70)
    assert (budget.memory_left, budget.disk_left) == (0, 1_000)
    third.write(b"c" * 10)
    first.write(b"A" * 30)
    assert (budget.memory_left, budget.disk_left) == (80, 880)
    assert first.rewind().read() == b"a" * 80 + b"A" * 30
    assert second.rewind().read() == b"b" * 70
    assert third.rewind().read() == b"c" * 10
    for spool in (first, second, third):
        spool.close()
    assert (budget.memory_left, budget.disk_left) == (150, 1_000)


def test_where_there_is_no_room_at_all_it_is_refused():
    budget = Budget(memory=10, disk=100)
    spool = Spool(budget)
    spool.write(b"x" * 90)
    with pytest.raises(Busy):
        spool.write(b"x" * 20)
    spool.close()
    assert (budget.memory_left, budget.disk_left) == (10, 100)
