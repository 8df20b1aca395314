"""Passwords are hashed in few threads of their own, whoever asks, and nobody waits there without end."""

import platform
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from argon2 import PasswordHasher

from tests.support.accounts import PASSWORD, PASSWORD_HASH
from tests.support.waiting import eventually
from webapp.errors import Busy
from webapp.malloc import return_freed_memory
from webapp.services.accounts import hashing
from webapp.services.accounts.hashing import HashingPool
from webapp.services.accounts.passwords import hash_password, is_password


class Held:
    """Work that goes on until it is let go, and notes that it began."""

    def __init__(self):
        self.began, self.go = threading.Event(), threading.Event()

    def __call__(self):
        self.began.set()
        assert self.go.wait(30)
        return threading.get_ident()


@pytest.fixture
def held():
    work = Held()
    yield work
    work.go.set()


@pytest.fixture
def callers():
    with ThreadPoolExecutor(48) as pool:
        yield pool


def test_however_many_ask_argon2_runs_in_a_few_threads_that_are_none_of_theirs(monkeypatch, callers):
    ran_in, asked_in = set(), set()
    for name in ("hash", "verify"):
        compute = getattr(PasswordHasher, name)

        def noted(self, *given, compute=compute):
            ran_in.add(threading.get_ident())
            return compute(self, *given)

        monkeypatch.setattr(PasswordHasher, name, noted)

    def ask(number):
        asked_in.add(threading.get_ident())
        if number % 8 == 0:
            hash_password(PASSWORD)
        return is_password([PASSWORD_HASH, None, "damaged"][number % 3], PASSWORD)

    answers = list(callers.map(ask, range(96)))

    assert answers == [number % 3 == 0 for number in range(96)]
    assert 1 <= len(ran_in) <= hashing.THREADS
    assert not ran_in & asked_in


def test_who_finds_the_queue_full_is_sent_away_at_once_and_later_is_served(held, callers):
    pool = HashingPool(1, waiting=2)
    waiting = [callers.submit(pool.run, held) for _ in range(3)]
    assert held.began.wait(30)
    eventually(lambda: pool._places._value == 0)

    with pytest.raises(Busy) as refused:
        pool.run(lambda: "computed")

    assert refused.value.headers["Retry-After"]
    held.go.set()
    assert len({future.result(30) for future in waiting}) == 1
    assert pool.run(lambda: "computed") == "computed"


def test_what_nobody_waits_for_any_more_is_not_computed(held):
    pool = HashingPool(1, waiting=2, patience=0.05)
    computed = []
    # It is not waited for: only the one behind it gives up.
    pool._executor.submit(held)
    assert held.began.wait(30)

    with pytest.raises(Busy):
        pool.run(lambda: computed.append("given up"))

    held.go.set()
    pool._executor.shutdown(wait=True)
    assert computed == []


def test_whatever_goes_wrong_is_told_to_who_asked_and_takes_up_no_place():
    pool = HashingPool(1, waiting=0)
    for _ in range(3):
        with pytest.raises(ZeroDivisionError):
            pool.run(lambda: 1 // 0)
    assert pool.run(lambda: "computed") == "computed"


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="Other C libraries return large blocks by themselves.")
def test_freed_blocks_as_large_as_a_hash_takes_go_back_to_the_system():
    assert return_freed_memory()
