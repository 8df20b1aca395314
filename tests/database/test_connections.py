"""How an answer's reads reach the database: one connection, few round trips, and as the app has its values."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import UTC

import pytest
from sqlalchemy import event

from tests.support.cast import chat, say
from webapp.database.engine import db
from webapp.database.transaction import leave_transaction
from webapp.services.transcripts.reading import read_transcript

#: Addresses, and how many statements read who asks and what is shown: the page shows the assistants and the tags, too.
READS = {"the API's list": ("/api/v1/sessions", 2), "the page's list": ("/sessions", 4)}


@pytest.fixture
def postgres_app(app, engine_name):
    if engine_name != "postgres":
        pytest.skip("SQLite has no server")
    return app


@contextmanager
def transactions():
    """Collect what goes to the pool and to the database in the block, in its order."""
    seen = []
    listeners = {
        (db.engine.pool, "checkout"): lambda *_: seen.append("checkout"),
        (db.engine, "begin"): lambda *_: seen.append("begin"),
        (db.engine, "rollback"): lambda *_: seen.append("rollback"),
        (db.engine, "before_cursor_execute"): lambda _connection, _cursor, sql, *_: seen.append(sql.split()[0].lower()),
    }
    for (target, name), listener in listeners.items():
        event.listen(target, name, listener)
    try:
        yield seen
    finally:
        for (target, name), listener in listeners.items():
            event.remove(target, name, listener)


@pytest.mark.parametrize(("address", "statements"), READS.values(), ids=list(READS))
def test_who_asks_and_what_is_shown_are_read_in_one_transaction(app, client, engine_name, address, statements):
    client.get(address)
    with app.app_context(), transactions() as seen:
        assert client.get(address).status_code == 200
        # As the end of the request's own context does.
        leave_transaction()
    # On PostgreSQL BEGIN is a statement of the engine's, beside the event of the same name.
    begun = ["begin"] * (2 if engine_name == "postgres" else 1)
    assert seen == ["checkout", *begun, *["select"] * statements, "rollback"]


def test_a_signed_in_read_costs_postgres_four_round_trips(postgres_app, client, tmp_path):
    client.get("/api/v1/sessions")
    trace = tmp_path / "trace"
    with postgres_app.app_context(), trace.open("w") as file:
        held = db.engine.raw_connection()
        driver = held.dbapi_connection.pgconn
        held.close()
        driver.trace(file.fileno())
        client.get("/api/v1/sessions")
        leave_transaction()
        driver.untrace()
    assert trace.read_text().count("ReadyForQuery") == len(["BEGIN", "who", "what", "ROLLBACK"])


def test_a_connection_that_the_server_closed_is_replaced_unnoticed(postgres_app, client, postgres):
    with postgres_app.app_context():
        name = db.engine.url.database
    end = f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"
    assert client.get("/api/v1/sessions").status_code == 200
    postgres.run_sql(end)
    assert client.get("/api/v1/sessions").status_code == 200
    postgres.run_sql(end)
    assert client.post("/api/v1/sessions", json={}).status_code == 201


@pytest.mark.changes_schema
def test_times_are_utc_and_ids_text_whatever_zone_the_server_is_in(postgres_app, user, postgres):
    postgres.run_sql(f"ALTER DATABASE {db.engine.url.database} SET timezone = 'Asia/Kathmandu'")
    db.engine.dispose()
    session = chat(user, "Hello")
    leave_transaction()
    page = read_transcript(user, session.id)
    assert page.session.created_at == session.created_at
    assert {message.create_time.tzinfo for message in page.messages} == {UTC}
    assert {type(message.id) for message in page.messages} == {str}


def test_a_block_that_fails_leaves_no_connection_behind(user):
    session = chat(user, "Hello")
    with pytest.raises(TypeError):
        say(user, session.id, "Again", seal=lambda _turn: len(5))
    assert db.engine.pool.checkedout() == 0
    assert read_transcript(user, session.id).session.message_count == 2
    leave_transaction()
    assert db.engine.pool.checkedout() == 0
