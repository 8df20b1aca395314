"""The flusher writes all replies of a process to their rows in one transaction, and survives every error."""

from __future__ import annotations

import sqlite3
from contextlib import contextmanager

import pytest
from sqlalchemy import event, text
from sqlalchemy.exc import OperationalError

from tests.support.accounts import ALICE
from tests.support.cast import age, chat, contents, ended, eventually, live_rows, statements, threads_of
from tests.support.scripted_assistants import answers, ask, held
from webapp.database.engine import db
from webapp.ids import utc_now
from webapp.services.live import storing
from webapp.services.live.process.flusher import DraftFlusher
from webapp.services.live.process.pool import Runner
from webapp.services.live.values import Discarded
from webapp.services.sessions.changes import archive_session
from webapp.services.sessions.purge import purge_session
from webapp.state import current

LOCKED = OperationalError("SELECT", {}, sqlite3.OperationalError("database is locked"))


@pytest.fixture
def flusher(monkeypatch):
    """A flusher in the thread of the test. The one of the app does nothing."""
    flush = DraftFlusher.flush
    monkeypatch.setattr(DraftFlusher, "flush", lambda _flusher, _drafts: None)
    own = DraftFlusher()
    return lambda drafts: flush(own, drafts)


def runner():
    return current(Runner)


@contextmanager
def locked(engine_name, database_url):
    """Let somebody else hold the database's lock, or the table's."""
    if engine_name == "sqlite":
        connection = sqlite3.connect(database_url.removeprefix("sqlite:///"), isolation_level=None)
        connection.execute("BEGIN IMMEDIATE")
        try:
            yield
        finally:
            connection.close()
        return
    with db.engine.connect() as connection:
        connection.execute(text("LOCK TABLE live_turns IN EXCLUSIVE MODE"))
        yield
        connection.rollback()


def test_what_is_written_reaches_the_row_while_it_is_written(user):
    with held("Grey ", "grout") as gate:
        live = ask(user, "Which?")
        gate.await_reply()

        eventually(lambda: live_rows()[0].partial == "Grey grout")
    ended(user, live)


def test_sixteen_replies_are_one_transaction_of_two_statements(user, flusher):
    commits = []
    with held("Grey") as gate:
        running = [ask(user, f"Question {number}", chat(user).id) for number in range(16)]
        eventually(lambda: all(draft.length for draft in runner().tasks()))
        event.listen(db.engine, "commit", lambda connection: commits.append(connection))  # noqa: PLW0108
        with statements() as sent:
            flusher(runner().tasks())

        assert (len(commits), len(sent)) == (1, 2)
        # One value each for all of them: whoever writes a row at a time waits for the other threads with every row.
        assert all(isinstance(statement.parameters, tuple | dict) for statement in sent)
        assert [row.partial for row in live_rows()] == ["Grey"] * 16
        gate.open()
        for live in running:
            ended(user, live)


def test_what_has_not_grown_is_not_written_again_but_for_its_heartbeat(user, flusher):
    with held("Grey") as gate:
        live = ask(user, "Which?")
        gate.await_reply()
        flusher(runner().tasks())
        with statements() as sent:
            flusher(runner().tasks())

        assert [statement.sql.split()[0] for statement in sent] == ["SELECT"]
        age(live.session_id)
        eventually(lambda: flusher(runner().tasks()) or live_rows()[0].heartbeat_at > utc_now().replace(microsecond=0))
    ended(user, live)


def test_a_locked_database_is_waited_for(make_app, engine_name, database_url, caplog):
    with make_app(sqlite_lock_timeout=0.05).app_context():
        user = ALICE
        with held("Grey") as gate:
            live = ask(user, "Which?")
            with locked(engine_name, database_url):
                gate.await_reply()
                if engine_name == "sqlite":
                    eventually(lambda: "could not be saved" in caplog.text)
            eventually(lambda: live_rows()[0].partial == "Grey")

        assert ended(user, live).turn.assistant.content == "Grey And the rest."


def test_an_answer_that_is_finished_while_the_database_is_locked_is_not_lost(
    make_app, engine_name, database_url, caplog
):
    with make_app(sqlite_lock_timeout=0.05).app_context():
        user = ALICE
        with held("Grey") as gate:
            live = ask(user, "Which?")
            draft = runner().find(live.session_id)
            gate.await_reply()
            with locked(engine_name, database_url):
                gate.open()
                eventually(lambda: draft.is_claimed)
                if engine_name == "sqlite":
                    eventually(lambda: "A reply could not be stored" in caplog.text)
                assert draft.outcome is None

        assert ended(user, live).turn.assistant.content == "Grey And the rest."
        assert (contents(user, live.session_id), live_rows()) == (["Which?", "Grey And the rest."], [])


def test_no_error_ends_the_flusher(user, monkeypatch):
    exchange, failures = DraftFlusher._exchange, [RuntimeError("a fault of ours"), LOCKED]

    def fail(flusher, drafts):
        if failures:
            raise failures.pop(0)
        return exchange(flusher, drafts)

    monkeypatch.setattr(DraftFlusher, "_exchange", fail)
    with held("Grey") as gate:
        live = ask(user, "Which?")
        gate.await_reply()

        eventually(lambda: live_rows()[0].partial == "Grey")
    assert failures == []
    ended(user, live)


def test_whoever_follows_is_told_of_a_deleted_chat_even_if_the_database_stumbles(user, monkeypatch):
    session, find_live, failures = chat(user, "One"), storing.find_live, [LOCKED, LOCKED]

    def fail(*args):
        if failures:
            raise failures.pop(0)
        return find_live(*args)

    monkeypatch.setattr(storing, "find_live", fail)
    with held("Grey") as gate:
        live = ask(user, "Two", session.id)
        gate.await_reply()
        draft = runner().find(session.id)
        archive_session(user, session.id)
        purge_session(user, session.id)

        assert draft.wait_for_end(20)
    assert (draft.outcome, failures) == (Discarded(), [])
    assert ended(user, live) == Discarded()


def test_one_heartbeat_thread_serves_all_replies_and_ends_with_the_last(user):
    with held("Grey", rest=answers(".")) as gate:
        running = [ask(user, "Which?"), ask(user, "Who?")]
        assert len(threads_of("writer heartbeat")) == 1
        gate.open()
        for live in running:
            ended(user, live)
    eventually(lambda: not threads_of("writer heartbeat"))
    assert ended(user, ask(user, "How?")).turn.assistant.content == "Grey."
