"""Messages are numbered by their time, so that newest first and every period are ranges of numbers."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, text

from tests.support.cast import chat
from tests.support.searching import search_messages
from webapp.database.transaction import leave_transaction, read_connection, writing
from webapp.models import Message, table_of
from webapp.services.sessions.changes import create_session
from webapp.services.transcripts import numbers
from webapp.services.transcripts.appending import append_turn
from webapp.services.transcripts.numbers import A_MINUTE, minute_of, number_from, take_numbers
from webapp.services.values import NewMessage
from webapp.services.verification import Verification

MAY = datetime(2024, 5, 1, 12, 0, 30, tzinfo=UTC)


def numbered(session=None):
    """The number, time and text of every message, by number."""
    table = table_of(Message)
    found = (
        read_connection().execute(select(table.c.seq, table.c.create_time, table.c.content).order_by(table.c.seq)).all()
    )
    leave_transaction()
    return found


def turn(user, session, moment, question="A question", answer="An answer"):
    append_turn(
        user, session.id, NewMessage(content=question, create_time=moment), NewMessage(content=answer, role="assistant")
    )


def test_a_message_has_the_next_number_of_its_minute(user):
    session = create_session(user)
    turn(user, session, MAY)
    turn(user, session, MAY + timedelta(seconds=29))
    turn(user, session, MAY + timedelta(seconds=30))

    first = minute_of(MAY) * A_MINUTE
    assert [row.seq - first for row in numbered()] == [0, 1, 2, 3, A_MINUTE, A_MINUTE + 1]


def test_newest_first_is_by_time_whatever_came_in_when(user):
    now, old, older = create_session(user), create_session(user), create_session(user)
    turn(user, now, None, "tile now", "yes")
    turn(user, older, MAY - timedelta(days=900), "tile older", "yes")
    turn(user, old, MAY, "tile old", "yes")

    found = search_messages(user, "tile").data
    assert ["".join(hit.snippet) for hit in found] == ["tile now", "tile old", "tile older"]


@pytest.fixture
def small_minutes(monkeypatch):
    """Minutes that are full with four messages."""
    monkeypatch.setattr(numbers, "A_MINUTE", 4)
    monkeypatch.setattr(numbers, "_LAST_ON_SQLITE", text(str(numbers._LAST_ON_SQLITE).replace("4096", "4")))
    monkeypatch.setattr(numbers, "_LAST_ON_POSTGRES", text(str(numbers._LAST_ON_POSTGRES).replace("4096", "4")))


def test_a_full_minute_runs_over_into_the_next_one(user, small_minutes):
    session = create_session(user)
    turn(user, session, MAY + timedelta(minutes=1))
    for _ in range(5):
        turn(user, session, MAY)

    first = minute_of(MAY) * 4
    assert [row.seq - first for row in numbered()] == [*range(12)]


def test_writers_of_a_full_minute_take_different_numbers(user, app, small_minutes):
    sessions = [create_session(user) for _ in range(4)]

    def write(session, moment):
        with app.app_context():
            for _ in range(8):
                turn(user, session, moment)

    # Those of the later minute meet what runs over from the earlier one.
    moments = [MAY, MAY + timedelta(minutes=2)] * 2
    threads = [threading.Thread(target=write, args=each) for each in zip(sessions, moments, strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len({row.seq for row in numbered()}) == 64
    assert list(Verification(quick=True).findings()) == []


def test_many_messages_without_a_time_of_their_own_are_dense(user):
    chat(user, "Hello")
    with writing() as connection:
        taken = take_numbers(connection, [MAY] * 10_000, lock_all=True)

    first = number_from(MAY)
    assert taken == [*range(first, first + 10_000)]


@pytest.mark.parametrize(
    "moment", [datetime(1, 1, 1, tzinfo=UTC), datetime(1969, 12, 31, tzinfo=UTC), datetime(1973, 1, 1, tzinfo=UTC)]
)
def test_times_before_there_were_numbers_by_time_count_as_the_first(user, moment):
    turn(user, create_session(user), moment)

    assert [row.seq for row in numbered()] == [numbers.FIRST_NUMBER, numbers.FIRST_NUMBER + 1]


def test_writers_of_the_same_minute_take_different_numbers(user, app):
    sessions = [create_session(user) for _ in range(8)]

    def write(session):
        with app.app_context():
            for _ in range(10):
                turn(user, session, MAY)

    threads = [threading.Thread(target=write, args=(session,)) for session in sessions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    first = number_from(MAY)
    assert [row.seq for row in numbered()] == [*range(first, first + 160)]
    assert list(Verification().findings()) == []


def test_a_number_of_an_earlier_time_is_found(user):
    turn(user, create_session(user), MAY)
    with writing() as connection:
        connection.execute(text("UPDATE messages SET seq = seq - 5000 WHERE role = 'user'"))

    assert "number" in {finding.what for finding in Verification(quick=True).findings()}
