"""A stop: each act once, whenever it is registered and whoever asks."""

from __future__ import annotations

import threading
from functools import partial

import pytest

from webapp.agent.stop import Stop


def test_nobody_has_asked_at_first_and_asking_is_for_good():
    stop = Stop()
    assert not stop.is_requested

    stop.request()
    stop.request()

    assert stop.is_requested


def test_what_is_to_be_done_is_done_once_and_in_order():
    stop, done = Stop(), []
    stop.on_request(lambda: done.append("one"))
    stop.on_request(lambda: done.append("two"))
    assert done == []

    stop.request()
    stop.request()

    assert done == ["one", "two"]


def test_what_comes_too_late_is_done_at_once():
    stop, done = Stop(), []
    stop.request()

    stop.on_request(lambda: done.append("late"))
    stop.request()

    assert done == ["late"]


def test_an_act_that_raises_is_logged_and_spares_the_others(caplog):
    stop, done = Stop(), []
    stop.on_request(lambda: 1 / 0)
    stop.on_request(lambda: done.append("two"))

    stop.request()
    stop.on_request(lambda: {}["no"])

    assert done == ["two"]
    assert [record.exc_info[0] for record in caplog.records] == [ZeroDivisionError, KeyError]


def test_an_act_is_called_in_its_block_only():
    stop, done = Stop(), []
    with stop.calling(lambda: done.append("left")):
        pass
    with pytest.raises(KeyError), stop.calling(lambda: done.append("thrown out")):
        raise KeyError
    with stop.calling(lambda: done.append("in")):
        stop.request()
        assert done == ["in"]

    assert done == ["in"]


def test_a_block_that_begins_after_the_stop_calls_at_once():
    stop, done = Stop(), []
    stop.request()

    with stop.calling(lambda: done.append("at once")):
        assert done == ["at once"]

    assert done == ["at once"]


def test_an_act_may_use_the_stop_itself():
    stop, done = Stop(), []

    def act():
        stop.request()
        stop.on_request(lambda: done.append(stop.is_requested))

    with stop.calling(act):
        stop.request()

    assert done == [True]


def test_many_who_ask_and_register_at_once_get_each_act_done_once():
    stop, done = Stop(), []
    together = threading.Barrier(16)

    def run(number):
        together.wait(5)
        for turn in range(50):
            stop.on_request(partial(done.append, (number, turn)))
            if number % 4 == 0 and turn == 25:
                stop.request()

    threads = [threading.Thread(target=run, args=(number,)) for number in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(5)

    assert sorted(done) == [(number, turn) for number in range(16) for turn in range(50)]
