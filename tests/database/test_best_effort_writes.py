"""Writes that no answer depends on wait a moment for a lock, and never fail a page."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy import event

from tests.support.accounts import ALICE
from tests.support.cast import chat
from webapp.database.engine import db
from webapp.database.transaction import leave_transaction, read_connection, writing
from webapp.errors import Busy
from webapp.ids import utc_now
from webapp.models import ApiToken, Message, SignIn, table_of

LONG_AGO = utc_now() - timedelta(days=1)


@pytest.fixture
def locked(user, database_url):
    """Another process that holds what these writes need: SQLite's write lock, or PostgreSQL's rows."""
    chat(ALICE, "Where is the key?", "*Under* the pot.")
    with writing() as connection:
        connection.execute(sa.update(table_of(ApiToken)).values(used_at=LONG_AGO))
        connection.execute(sa.update(table_of(SignIn)).values(seen_at=LONG_AGO))
    leave_transaction()
    engine = sa.create_engine(db.engine.url)
    with engine.connect() as other:
        if engine.dialect.name == "sqlite":
            other.exec_driver_sql("BEGIN IMMEDIATE")
        else:
            for table in map(table_of, (ApiToken, SignIn, Message)):
                other.execute(sa.select(*table.primary_key).with_for_update())
        yield other
        other.rollback()
    engine.dispose()


@pytest.fixture
def waits(locked):
    """For how many milliseconds each write may wait for its lock. On PostgreSQL one that is not bounded never ends."""
    waits, bounds = [], [None]

    def note(_connection, _cursor, sql, parameters, *_rest):
        if sql.startswith("PRAGMA busy_timeout"):
            bounds.append(int(sql.partition("=")[2]))
        elif sql == "BEGIN IMMEDIATE":
            waits.append(bounds[-1])
        elif "lock_timeout" in sql:
            waits.append(int(parameters["timeout"].removesuffix("ms")))

    event.listen(db.engine, "before_cursor_execute", note)
    yield waits
    event.remove(db.engine, "before_cursor_execute", note)


def test_a_database_that_is_locked_by_somebody_else_still_answers_who_only_reads(client, waits):
    session = client.get("/api/v1/sessions").json["data"][0]
    for address in ("/api/v1/sessions", session["url"], session["html_url"], "/sessions", "/search?q=key"):
        assert client.get(address).status_code == 200
    assert waits == [200] * 5


def test_what_could_not_be_written_is_written_by_the_next_request(client, locked):
    client.get("/api/v1/sessions")
    locked.rollback()
    client.get("/api/v1/sessions")
    assert read_connection().scalar(sa.select(table_of(ApiToken).c.used_at)) > LONG_AGO
    leave_transaction()


def test_the_writes_that_follow_wait_as_long_as_ever(app, locked):
    """The connection that waited a moment goes back to the pool, and must not have kept that."""
    with pytest.raises((Busy, sa.exc.OperationalError)), writing(patience=0.05) as connection:
        connection.execute(sa.update(table_of(ApiToken)).values(used_at=utc_now()))
    leave_transaction()
    with db.engine.connect() as connection:
        if connection.dialect.name == "sqlite":
            assert connection.exec_driver_sql("PRAGMA busy_timeout").scalar() == 30_000
        else:
            assert connection.exec_driver_sql("SHOW lock_timeout").scalar() == "0"
