"""Messages that were numbered by arrival get numbers by time, in batches that may end at any moment."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

import pytest
from flask import current_app
from flask_migrate import downgrade, upgrade
from sqlalchemy import select, text

from tests.support.cast import chat
from tests.support.searching import search_messages
from webapp.cli.database import init_migrations
from webapp.cli.database_checks import is_up_to_date
from webapp.config.settings import Settings
from webapp.database.transaction import leave_transaction, read_connection, writing
from webapp.models import Message, table_of
from webapp.services.sessions.changes import create_session
from webapp.services.transcripts import renumbering
from webapp.services.transcripts.appending import append_turn
from webapp.services.transcripts.numbers import FIRST_NUMBER
from webapp.services.transcripts.reading import read_transcript
from webapp.services.transcripts.renumbering import is_renumbered, renumber
from webapp.services.values import NewMessage
from webapp.services.verification import Verification
from webapp.state import current

pytestmark = pytest.mark.changes_schema

_messages = table_of(Message)


def numbers():
    found = read_connection().scalars(select(_messages.c.seq).order_by(_messages.c.create_time, _messages.c.seq)).all()
    leave_transaction()
    return found


def number_by_arrival():
    """Take the database back to the time before, with the numbers of that time."""
    leave_transaction()
    init_migrations(current_app)
    downgrade(revision="0023")
    with writing() as connection:
        ids = connection.scalars(select(_messages.c.id).order_by(_messages.c.id)).all()
        connection.execute(
            text("DROP TRIGGER messages_are_final" + ("" if connection.dialect.name == "sqlite" else " ON messages"))
        )
        for number, message_id in enumerate(ids, 1):
            connection.execute(text("UPDATE messages SET seq = :seq WHERE id = :id"), {"seq": number, "id": message_id})
        if connection.dialect.name == "sqlite":
            connection.execute(text("INSERT INTO message_search (message_search) VALUES ('rebuild')"))
            connection.execute(
                text(
                    "CREATE TRIGGER messages_are_final BEFORE UPDATE OF seq, id, content ON messages BEGIN SELECT RAISE(ABORT, 'a finalized message cannot be changed'); END"
                )
            )
        else:
            connection.execute(
                text(
                    "CREATE TRIGGER messages_are_final BEFORE UPDATE OF seq, id, content ON messages FOR EACH ROW EXECUTE FUNCTION refuse_change_of_message()"
                )
            )
    upgrade()
    leave_transaction()


def a_book(user):
    rng = random.Random(3)
    sessions = [create_session(user) for _ in range(5)]
    for number in range(40):
        moment = datetime(2020, 1, 1, tzinfo=UTC) + timedelta(minutes=rng.randrange(2_000_000))
        question = NewMessage(content=f"tile {number}", create_time=moment)
        append_turn(
            user, rng.choice(sessions).id, question, NewMessage(content="grey", role="assistant", create_time=moment)
        )
    return sessions


def test_every_message_has_its_number_by_time_and_is_found(user):
    sessions = a_book(user)
    before = [read_transcript(user, session.id) for session in sessions]
    number_by_arrival()

    assert not is_up_to_date(current(Settings))
    assert max(numbers()) < FIRST_NUMBER
    seen = []
    renumber(lambda *progress: seen.append(progress))

    assert is_up_to_date(current(Settings))
    assert numbers() == sorted(numbers())
    assert min(numbers()) >= FIRST_NUMBER
    assert seen[0] == ("numbers", 80, 80)
    assert [read_transcript(user, session.id) for session in sessions] == before
    assert list(Verification().findings()) == []
    found = search_messages(user, "tile", limit=80).data
    assert [hit.create_time for hit in found] == sorted((hit.create_time for hit in found), reverse=True)
    assert len(found) == 40


@pytest.mark.parametrize("ends_after", range(1, 12))
def test_it_continues_where_it_ended(user, monkeypatch, ends_after):
    a_book(user)
    number_by_arrival()
    monkeypatch.setattr(renumbering, "_BATCH", 17)

    class Killed(Exception):
        pass

    steps = []

    def report(*progress):
        steps.append(progress)
        if len(steps) == ends_after:
            raise Killed

    try:
        renumber(report)
    except Killed:
        leave_transaction()
        renumber(lambda *_progress: None)

    assert is_renumbered()
    assert numbers() == sorted(numbers())
    assert list(Verification().findings()) == []


def test_a_new_database_has_nothing_to_number(user):
    assert is_renumbered()
    leave_transaction()
    assert is_up_to_date(current(Settings))
    chat(user, "Hello")
    assert min(numbers()) > FIRST_NUMBER
