"""Idempotency keys: a request sent twice creates once."""

from __future__ import annotations

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from flask import current_app
from sqlalchemy import insert, text, update

from tests.support.accounts import ALICE
from tests.support.cast import chat, contents, say, stranger
from webapp.database.transaction import leave_transaction, read_connection, writing
from webapp.errors import AppError, Invalid, KeyReused
from webapp.ids import utc_now
from webapp.models import IdempotencyKey, table_of
from webapp.services.idempotency import AlreadyAnswered, RequestKey, StoredAnswer, add_form
from webapp.services.sessions.changes import create_session
from webapp.services.sessions.forks import fork_session
from webapp.services.sessions.listing import list_sessions

ANSWER = StoredAnswer(201, "/api/v1/sessions/7", b'{"title":"\xc3\xa4"}')
KEY = RequestKey("k", "print", "plain")


@pytest.fixture(autouse=True)
def form(app):
    add_form(app, "plain", lambda _result: ANSWER)


def keys():
    """The names of the keys that are stored."""
    names = read_connection().scalars(text("SELECT key FROM idempotency_keys ORDER BY key")).all()
    leave_transaction()
    return names


def replayed(user, key=KEY):
    """The answer that a request gets which creates nothing."""
    with pytest.raises(AlreadyAnswered) as raised:
        create_session(user, key=key)
    return raised.value.answer


def age(**ago):
    """Let every key be taken that long ago."""
    with writing() as connection:
        connection.execute(update(table_of(IdempotencyKey)).values(created_at=utc_now() - timedelta(**ago)))


def test_the_second_request_gets_the_answer_of_the_first(user):
    create_session(user, key=KEY)

    assert (replayed(user), replayed(user)) == (ANSWER, ANSWER)
    assert len(list_sessions(user).data) == 1


def test_a_turn_and_a_fork_are_made_once_too(user):
    session = chat(user, "One")
    say(user, session.id, "Two", key=KEY)
    fork_session(user, session.id, 1, key=KEY._replace(name="f"))

    with pytest.raises(AlreadyAnswered):
        say(user, session.id, "Two", key=KEY)
    with pytest.raises(AlreadyAnswered):
        fork_session(user, session.id, 1, key=KEY._replace(name="f"))
    assert contents(user, session.id) == ["One", "Noted.", "Two", "Noted."]
    assert len(list_sessions(user).data) == 2


def test_an_answer_without_a_place_is_kept_too(user):
    answer = StoredAnswer(200, None, b"")
    add_form(current_app, "plain", lambda _result: answer)
    create_session(user, key=KEY)

    assert replayed(user) == answer


def test_the_stored_answer_is_made_of_what_was_created(user):
    add_form(current_app, "plain", lambda session: StoredAnswer(201, session.id, session.title.encode()))
    session = create_session(user, title="Tiles", key=KEY)

    assert replayed(user) == (201, session.id, b"Tiles")


def test_a_key_with_another_request_is_refused(user):
    create_session(user, key=KEY)
    with pytest.raises(KeyReused):
        create_session(user, key=KEY._replace(fingerprint="other"))
    assert len(list_sessions(user).data) == 1


def test_keys_are_case_sensitive_and_each_users_own(user):
    create_session(user, key=KEY)

    create_session(user, key=KEY._replace(name="K"))
    create_session(stranger(), key=KEY._replace(fingerprint="other"))
    assert len(list_sessions(user).data) == 2


@pytest.mark.parametrize("name", ["", " ", "a b", "x" * 256, "a\nb", "ä", "\0", "\x7f"])
def test_an_unusable_key_is_refused(user, name):
    with pytest.raises(Invalid) as refused:
        create_session(user, key=KEY._replace(name=name))
    assert refused.value.problems[0].pointer == "Idempotency-Key"
    assert list_sessions(user).data == []


@pytest.mark.parametrize("name", ["x" * 255, "!", "\"';--", "%_\\"])
def test_any_printable_key_will_do(user, name):
    create_session(user, key=KEY._replace(name=name))

    assert replayed(user, KEY._replace(name=name)) == ANSWER


def test_a_request_that_is_refused_takes_no_key(user):
    session = chat(user, "One")
    with pytest.raises(Invalid):
        fork_session(user, session.id, 7, key=KEY)

    assert keys() == []
    create_session(user, key=KEY._replace(fingerprint="other"))


def test_key_and_answer_fall_with_the_transaction_that_stores_them(user):
    def fail(_session):
        raise RuntimeError("the disk is gone")

    add_form(current_app, "plain", fail)
    with pytest.raises(RuntimeError):
        create_session(user, key=KEY)

    assert (list_sessions(user).data, keys()) == ([], [])
    add_form(current_app, "plain", lambda _result: ANSWER)
    create_session(user, key=KEY)
    assert replayed(user) == ANSWER


def test_an_answer_is_kept_for_24_hours(user):
    create_session(user, key=KEY)
    age(hours=23.9)
    assert replayed(user) == ANSWER
    age(hours=24.1)
    # Then the key is free, even for another request.
    create_session(user, key=KEY._replace(fingerprint="other"))
    assert len(list_sessions(user).data) == 2


def abandon(user):
    """Leave a key as after the session of its live turn was deleted: it waits for nothing."""
    with writing() as connection:
        row = {"owner_id": user.id, "key": KEY.name, "fingerprint": KEY.fingerprint, "created_at": utc_now()}
        connection.execute(insert(table_of(IdempotencyKey)), row)


def test_a_key_that_waits_for_nothing_is_free_for_its_request_at_once(user):
    abandon(user)

    with pytest.raises(KeyReused):
        create_session(user, key=KEY._replace(fingerprint="other"))
    create_session(user, key=KEY)
    assert replayed(user) == ANSWER


@pytest.mark.parametrize("abandoned", [False, True], ids=["new", "that waits for nothing"])
def test_of_many_requests_at_once_exactly_one_creates_and_the_others_get_its_answer(make_app, abandoned):
    app = make_app(threads=16)
    add_form(app, "plain", lambda _result: ANSWER)
    start = threading.Barrier(16)
    if abandoned:
        with app.app_context():
            abandon(ALICE)

    def create(_):
        with app.app_context():
            start.wait()
            try:
                return type(create_session(ALICE, key=KEY))
            except (AlreadyAnswered, AppError) as error:
                return type(error)

    with ThreadPoolExecutor(16) as pool:
        outcomes = Counter(kind.__name__ for kind in pool.map(create, range(16)))
    assert outcomes == {"AlreadyAnswered": 15, "SessionRow": 1}
    with app.app_context():
        assert len(list_sessions(ALICE).data) == 1


def test_a_request_waits_for_one_with_the_same_key_and_creates_if_that_fails(user):
    """A waiting request gets the stored answer, or runs itself. None is refused with 409."""
    app, came = current_app._get_current_object(), []
    presenting, failing = threading.Event(), threading.Event()

    def fail(_session):
        presenting.set()
        assert failing.wait(20)
        raise RuntimeError("the disk is gone")

    def create(form):
        with app.app_context():
            try:
                came.append(create_session(user, key=KEY._replace(form=form)).title)
            except RuntimeError as error:
                came.append(str(error))

    add_form(app, "failing", fail)
    first, second = (threading.Thread(target=create, args=(form,)) for form in ("failing", "plain"))
    first.start()
    assert presenting.wait(20)
    second.start()
    second.join(0.2)
    assert second.is_alive()
    failing.set()
    for thread in (first, second):
        thread.join(20)

    assert sorted(came) == ["New chat", "the disk is gone"]
    assert replayed(user) == ANSWER
