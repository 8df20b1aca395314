"""Attempts are counted together in one storage; while it fails, each process counts for itself."""

from __future__ import annotations

import logging
from types import SimpleNamespace

import pytest
from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage

from webapp.http.attempt_counter import AttemptCounter, Count, make_counter

TWICE = Count(RateLimitItemPerMinute(2, namespace="test"), "alice", "tries")


class Storage(MemoryStorage):
    """A storage that can be away, and that notes how often it was asked."""

    STORAGE_SCHEME = ("test",)
    is_away = False
    asked = 0

    @property
    def base_exceptions(self):
        return ConnectionError

    def acquire_sliding_window_entry(self, *args, **kwargs):
        self.ask()
        return super().acquire_sliding_window_entry(*args, **kwargs)

    def get_sliding_window(self, *args, **kwargs):
        self.ask()
        return super().get_sliding_window(*args, **kwargs)

    def ask(self):
        self.asked += 1
        if self.is_away:
            raise ConnectionError


@pytest.fixture
def storage():
    return Storage()


@pytest.fixture
def clock(monkeypatch):
    now = SimpleNamespace(seconds=1_000.0)
    monkeypatch.setattr("webapp.http.attempt_counter.time", SimpleNamespace(monotonic=lambda: now.seconds))
    return now


def is_allowed(counter, count=TWICE):
    return counter.hit(count) is None


def test_the_limit_holds_for_all_counters_of_a_storage(storage):
    one, other = AttemptCounter(storage), AttemptCounter(storage)

    assert [is_allowed(counter) for counter in (one, other, one, other)] == [True, True, False, False]


def test_another_key_and_another_scope_are_counted_apart(storage):
    counter = AttemptCounter(storage)
    others = [Count(TWICE.limit, "bob", "tries"), Count(TWICE.limit, "alice", "writes")]

    assert [is_allowed(counter) for _ in range(3)] == [True, True, False]
    assert [is_allowed(counter, other) for other in others] == [True, True]


def test_a_test_counts_nothing(storage):
    counter = AttemptCounter(storage)

    assert [counter.test(TWICE) for _ in range(5)] == [None] * 5
    assert [is_allowed(counter) for _ in range(3)] == [True, True, False]
    assert counter.test(TWICE) is not None


def test_a_limit_that_is_reached_is_no_failure_of_the_storage(storage):
    """A failure starts a new count in memory: an attacker must not bring it about."""
    counter = AttemptCounter(storage)
    for _ in range(5):
        counter.hit(TWICE)
    storage.asked = 0

    assert not is_allowed(counter)
    assert storage.asked > 0


def test_while_the_storage_is_away_the_process_counts_for_itself(storage, clock):
    counter = AttemptCounter(storage)
    assert is_allowed(counter)
    storage.is_away = True

    assert [is_allowed(counter) for _ in range(4)] == [True, True, False, False]
    assert counter.test(TWICE) is not None


def test_what_the_storage_counted_holds_again_when_it_is_back(storage, clock):
    counter = AttemptCounter(storage)
    assert [is_allowed(counter), is_allowed(counter)] == [True, True]
    storage.is_away = True
    assert is_allowed(counter)
    storage.is_away = False
    clock.seconds += 1

    assert not is_allowed(counter)


def test_a_storage_that_stays_away_is_asked_more_and_more_rarely(storage, clock):
    counter = AttemptCounter(storage)
    storage.is_away = True
    asked_at = []
    for second in range(120):
        storage.asked = 0
        counter.test(TWICE)
        if storage.asked:
            asked_at.append(second)
        clock.seconds += 1

    assert asked_at == [0, 1, 3, 7, 15, 31, 63, 95]


def test_only_one_attempt_waits_for_a_storage_that_is_silent(storage, clock):
    counter = AttemptCounter(storage)
    storage.is_away = True
    counter.test(TWICE)
    clock.seconds += 1
    meanwhile = []
    storage.ask = lambda: meanwhile.append(counter.test(TWICE))

    assert is_allowed(counter)
    assert meanwhile == [None]


def test_the_log_says_once_that_the_storage_failed_and_once_that_it_is_back(storage, clock, caplog):
    counter = AttemptCounter(storage)
    storage.is_away = True
    with caplog.at_level(logging.INFO, "webapp.http.attempt_counter"):
        for _ in range(10):
            counter.test(TWICE)
            clock.seconds += 1
        storage.is_away = False
        clock.seconds += 32
        for _ in range(3):
            counter.test(TWICE)

    assert [record.message for record in caplog.records] == [
        "Attempts are counted in memory: the storage fails with ConnectionError",
        "Attempts are counted in the storage again",
    ]


def test_an_unknown_error_of_the_storage_is_not_hidden(storage):
    storage.ask = lambda: 1 / 0

    with pytest.raises(ZeroDivisionError):
        AttemptCounter(storage).hit(TWICE)


def test_a_redis_that_does_not_run_is_no_error():
    counter = make_counter("redis://127.0.0.1:1/0")

    assert [is_allowed(counter) for _ in range(3)] == [True, True, False]
