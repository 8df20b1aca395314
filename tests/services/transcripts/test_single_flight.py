"""Work that several threads want at once is done by one of them."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Event, Lock

import pytest

from webapp.services.transcripts.single_flight import SingleFlight


class Counted:
    """Something to make, that says how often it was made and waits until it may go on."""

    def __init__(self, result="made"):
        self.result, self.times, self.began, self.may_end, self._lock = result, 0, Event(), Event(), Lock()

    def __call__(self):
        with self._lock:
            self.times += 1
        self.began.set()
        assert self.may_end.wait(20)
        if isinstance(self.result, BaseException):
            raise self.result
        return self.result


def ask(flights, make, key="a"):
    with flights.flight() as flight:
        return flight.get(key, make), flight.makes(key)


def test_one_makes_it_and_the_others_take_what_it_made():
    make, flights = Counted(), SingleFlight()
    with ThreadPoolExecutor(8) as pool, flights.flight() as holder:
        first = pool.submit(holder.get, "a", make)
        assert make.began.wait(20)
        others = [pool.submit(ask, flights, make) for _ in range(4)]
        make.may_end.set()

        assert first.result(20) == "made"
        assert [each.result(20) for each in others] == [("made", False)] * 4
    assert make.times == 1


def test_another_key_waits_for_nobody():
    make, flights = Counted(), SingleFlight()
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(ask, flights, make)
        assert make.began.wait(20)

        assert ask(flights, lambda: "other", key="b") == ("other", True)

        make.may_end.set()
        assert first.result(20) == ("made", True)


def test_what_cannot_be_made_is_refused_to_all_who_wait_and_tried_again_by_the_next():
    make, flights = Counted(ValueError("broken")), SingleFlight()
    with ThreadPoolExecutor(8) as pool:
        first = pool.submit(ask, flights, make)
        assert make.began.wait(20)
        others = [pool.submit(ask, flights, make) for _ in range(4)]
        make.may_end.set()
        for each in (first, *others):
            with pytest.raises(ValueError, match="broken"):
                each.result(20)

    assert ask(flights, lambda: "made") == ("made", True)


def test_a_thread_that_is_made_to_end_leaves_the_work_to_one_that_waits():
    make, flights = Counted(SystemExit()), SingleFlight()
    ended = Event()

    def first():
        try:
            ask(flights, make)
        except SystemExit:
            ended.set()

    with ThreadPoolExecutor(8) as pool:
        going = pool.submit(first)
        assert make.began.wait(20)
        other = pool.submit(ask, flights, lambda: "made")
        make.may_end.set()
        going.result(20)

        assert ended.is_set()
        assert other.result(20) == ("made", True)


def test_nothing_is_held_once_a_flight_has_ended():
    flights = SingleFlight()
    with flights.flight() as flight:
        assert flight.get("a", lambda: 1) == flight.get("a", lambda: 2) == 1
    assert ask(flights, lambda: 3) == (3, True)
    assert ask(flights, lambda: 4) == (4, True)
