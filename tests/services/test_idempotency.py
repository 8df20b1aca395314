"""Idempotency keys: a request sent twice creates once."""

from __future__ import annotations

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import update

from tests.support.accounts import ALICE
from tests.support.cast import stranger
from webapp.database.transaction import writing
from webapp.errors import AppError, Invalid, KeyReused, RequestInFlight
from webapp.ids import utc_now
from webapp.models import IdempotencyKey, table_of
from webapp.services.idempotency import Reservation, StoredAnswer, release_key, reserve_key
from webapp.services.sessions.changes import create_session
from webapp.services.sessions.listing import list_sessions

ANSWER = StoredAnswer(201, "/api/v1/sessions/7", b'{"title":"\xc3\xa4"}')


def create(user, reservation, answer=ANSWER):
    return create_session(user, seal=lambda _session: reservation.keep(answer))


def age(**ago):
    """Let every key be taken that long ago."""
    with writing() as connection:
        connection.execute(update(table_of(IdempotencyKey)).values(created_at=utc_now() - timedelta(**ago)))


def test_the_second_request_gets_the_answer_of_the_first(user):
    create(user, reserve_key(user, "k", "print"))

    assert reserve_key(user, "k", "print") == ANSWER
    assert reserve_key(user, "k", "print") == ANSWER
    assert len(list_sessions(user).data) == 1


def test_an_answer_without_a_place_is_kept_too(user):
    answer = StoredAnswer(200, None, b"")
    create(user, reserve_key(user, "k", "print"), answer)

    assert reserve_key(user, "k", "print") == answer


def test_a_key_with_another_request_is_refused(user):
    reservation = reserve_key(user, "k", "print")
    with pytest.raises(KeyReused):
        reserve_key(user, "k", "other")
    create(user, reservation)
    with pytest.raises(KeyReused):
        reserve_key(user, "k", "other")


def test_a_key_whose_request_still_runs_is_refused_for_now(user):
    reserve_key(user, "k", "print")

    with pytest.raises(RequestInFlight) as refused:
        reserve_key(user, "k", "print")
    assert refused.value.headers["Retry-After"].isdecimal()


def test_keys_are_case_sensitive_and_each_users_own(user):
    reserve_key(user, "k", "print")

    assert isinstance(reserve_key(user, "K", "print"), Reservation)
    assert isinstance(reserve_key(stranger(), "k", "other"), Reservation)


@pytest.mark.parametrize("key", ["", " ", "a b", "x" * 256, "a\nb", "ä", "\0", "\x7f"])
def test_an_unusable_key_is_refused(user, key):
    with pytest.raises(Invalid) as refused:
        reserve_key(user, key, "print")
    assert refused.value.problems[0].pointer == "Idempotency-Key"


@pytest.mark.parametrize("key", ["x" * 255, "!", "\"';--", "%_\\"])
def test_any_printable_key_will_do(user, key):
    create(user, reserve_key(user, key, "print"))

    assert reserve_key(user, key, "print") == ANSWER


def test_a_released_key_is_free_again_even_for_another_request(user):
    release_key(reserve_key(user, "k", "print"))

    assert isinstance(reserve_key(user, "k", "other"), Reservation)


def test_releasing_a_key_that_was_answered_keeps_the_answer(user):
    reservation = reserve_key(user, "k", "print")
    create(user, reservation)

    release_key(reservation)

    assert reserve_key(user, "k", "print") == ANSWER


def test_the_answer_falls_with_the_transaction_it_tells_of(user):
    reservation = reserve_key(user, "k", "print")

    def keep_and_fail(_session):
        reservation.keep(ANSWER)
        raise RuntimeError("the disk is gone")

    with pytest.raises(RuntimeError):
        create_session(user, seal=keep_and_fail)
    assert list_sessions(user).data == []
    with pytest.raises(RequestInFlight):
        reserve_key(user, "k", "print")
    release_key(reservation)
    assert isinstance(reserve_key(user, "k", "print"), Reservation)


@pytest.mark.parametrize(("hours", "kind"), [(23.9, StoredAnswer), (24.1, Reservation)])
def test_an_answer_is_kept_for_24_hours(user, hours, kind):
    create(user, reserve_key(user, "k", "print"))
    age(hours=hours)

    assert isinstance(reserve_key(user, "k", "print"), kind)


def test_an_expired_key_may_come_with_another_request(user):
    create(user, reserve_key(user, "k", "print"))
    age(hours=25)

    assert isinstance(reserve_key(user, "k", "other"), Reservation)


def test_the_key_of_a_request_that_died_is_taken_over_once_it_can_run_no_longer(make_app):
    with make_app(assistant_timeout=20).app_context():
        user = ALICE
        reserve_key(user, "k", "print")

        age(seconds=90)
        with pytest.raises(RequestInFlight):
            reserve_key(user, "k", "print")
        age(seconds=130)
        assert isinstance(reserve_key(user, "k", "print"), Reservation)
        with pytest.raises(RequestInFlight):
            reserve_key(user, "k", "print")


@pytest.mark.parametrize("dead", [False, True], ids=["new", "of one that died"])
def test_of_many_requests_at_once_exactly_one_takes_the_key(make_app, dead):
    app = make_app(threads=16)
    start = threading.Barrier(16)
    if dead:
        with app.app_context():
            reserve_key(ALICE, "k", "print")
            age(hours=1)

    def reserve(_):
        with app.app_context():
            start.wait()
            try:
                return type(reserve_key(ALICE, "k", "print"))
            except AppError as error:
                return type(error)

    with ThreadPoolExecutor(16) as pool:
        outcomes = Counter(pool.map(reserve, range(16)))
    assert outcomes == {RequestInFlight: 15, Reservation: 1}
