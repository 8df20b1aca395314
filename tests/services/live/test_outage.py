"""A database that is away for a while: no reply is given up while its process lives, and who follows hears of it."""

import sqlite3
import threading
from contextlib import contextmanager

import pytest

from tests.support.accounts import ALICE, SEED
from tests.support.cast import chat, contents, ended, eventually, live_rows
from tests.support.postgres import TemporaryPostgres
from tests.support.scripted_assistants import answers, ask, held
from webapp.errors import Busy, ProviderFailed
from webapp.services.live import following
from webapp.services.live.process.pool import Runner
from webapp.services.live.values import Discarded, Failed
from webapp.services.workers.retrying import store_with_retries
from webapp.state import current


@pytest.fixture(scope="module")
def stoppable(postgres):
    """A PostgreSQL of our own, which tests stop and start; with Alice's account."""
    from tests.conftest import _driver, _migrate

    server = TemporaryPostgres(max_connections=60)
    server.run_sql("CREATE DATABASE book")
    _migrate(server.url("book"))
    server.run_sql(*SEED, database="book")
    server.app_url = _driver(server.url("book"))
    yield server
    server.stop()


@contextmanager
def locked(path):
    """Let another process hold SQLite's lock."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("BEGIN EXCLUSIVE")
    try:
        yield
    finally:
        connection.close()


@contextmanager
def half_written(make_app):
    """A chat whose second answer stands still after "Grey", in an app that waits hardly for a lock: gate and draft."""
    with make_app(sqlite_lock_timeout=0.05).app_context():
        session = chat(ALICE, "One")
        with held("Grey", rest=answers(" grout.")) as gate:
            ask(ALICE, "Two", session.id)
            gate.await_reply()
            yield gate, runner().find(session.id)


def runner():
    return current(Runner)


@pytest.mark.one_database("The server that stops is one of its own.")
class TestWithAServerThatIsStopped:
    @pytest.fixture
    def user(self, make_app, stoppable):
        with make_app(database_url=stoppable.app_url).app_context():
            yield ALICE

    def test_a_reply_that_ends_while_the_database_is_away_is_kept_when_it_is_back(self, user, stoppable, caplog):
        session = chat(user, "One")
        with held("Grey", rest=answers(" grout.")) as gate:
            live = ask(user, "Two", session.id)
            draft = runner().find(session.id)
            gate.await_reply()
            eventually(lambda: live_rows()[0].partial == "Grey")
            stoppable.halt()
            gate.open()
            # More tries than once were all there were.
            eventually(lambda: caplog.text.count("A reply could not be stored") >= 3, 60)
            assert draft.outcome is None
            stoppable.resume()
            assert draft.wait_for_end(60)
        assert draft.outcome.turn.assistant.id == live.attempt
        assert contents(user, session.id) == ["One", "Noted.", "Two", "Grey grout."]
        assert live_rows() == []

    def test_a_reply_that_goes_on_over_an_outage_is_written_down_again(self, user, stoppable, caplog):
        with held("Grey") as gate:
            live = ask(user, "Which?")
            gate.await_reply()
            stoppable.halt()
            eventually(lambda: "could not be saved" in caplog.text, 60)
            stoppable.resume()
            eventually(lambda: live_rows()[0].partial == "Grey", 60)
        assert ended(user, live).turn.assistant.content == "Grey And the rest."

    def test_who_follows_in_another_process_waits_over_an_outage(self, user, stoppable, make_app, monkeypatch, caplog):
        monkeypatch.setattr(following, "QUIET_SECONDS", 0.2)
        other, snapshots, pinged = make_app(database_url=stoppable.app_url), [], threading.Event()

        def follow():
            with other.app_context():
                for sight in following.follow(user, live):
                    snapshots.append(sight)
                    if sight is None:
                        pinged.set()

        with held("Grey") as gate:
            live = ask(user, "Which?")
            gate.await_reply()
            follower = threading.Thread(target=follow)
            follower.start()
            eventually(lambda: snapshots)
            stoppable.halt()
            eventually(lambda: "could not be read" in caplog.text, 60)
            pinged.clear()
            # No silent hang.
            assert pinged.wait(60)
            gate.open()
            stoppable.resume()
            follower.join(60)
        assert snapshots[-1].outcome.turn.assistant.content == "Grey And the rest."


@pytest.mark.one_database("A lock of a whole database is SQLite's.")
def test_a_reply_that_ends_while_another_process_holds_the_lock_is_kept(make_app, tmp_path, caplog):
    with half_written(make_app) as (gate, draft):
        with locked(tmp_path / "minutebook.db"):
            gate.open()
            eventually(lambda: caplog.text.count("A reply could not be stored") >= 4, 60)
            assert draft.outcome is None
        assert draft.wait_for_end(60)
        assert contents(ALICE, draft.live.session_id) == ["One", "Noted.", "Two", "Grey grout."]


@pytest.mark.one_database("A lock of a whole database is SQLite's.")
def test_a_process_that_ends_during_an_outage_does_not_wait_for_its_end(make_app, tmp_path):
    with half_written(make_app) as (gate, draft):
        eventually(lambda: live_rows()[0].partial == "Grey")
        with locked(tmp_path / "minutebook.db"):
            gate.open()
            eventually(lambda: draft.is_claimed)
            runner().close(0)
            assert draft.wait_for_end(20)
        assert draft.outcome.code == "busy"
        # What was written down before is there for the next try.
        (row,) = live_rows()
        assert (row.state, row.content, row.partial[:4]) == ("writing", "Two", "Grey")


@pytest.mark.one_database("A lock of a whole database is SQLite's.")
def test_what_has_ended_and_is_not_stored_yet_keeps_its_heartbeat(user, monkeypatch):
    """Others would take it for dead, and its user would try it again, while it waits to be stored."""
    with held("Grey", rest=answers(" grout.")) as gate, monkeypatch.context() as patch:
        live = ask(user, "Which?")
        gate.await_reply()
        patch.setattr("webapp.services.live.storing.answer_keys", lambda *_args: (_ for _ in ()).throw(Busy()))
        gate.open()
        eventually(lambda: live_rows()[0].partial == "Grey grout.")
        patch.undo()
        assert ended(user, live).turn.assistant.content == "Grey grout."


def test_a_machine_without_a_thread_for_an_end_carries_it_out_all_the_same(user, monkeypatch):
    start = threading.Thread.start

    def refuse(thread):
        if thread.name == "writer aside":
            raise RuntimeError("can't start new thread")
        start(thread)

    monkeypatch.setattr(threading.Thread, "start", refuse)
    with held("Grey") as gate:
        live = ask(user, "Which?")
        draft = runner().find(live.session_id)
        gate.await_reply()
        runner().run_in_background(lambda draft: draft.claim() and draft.end(Discarded()), draft)
        assert draft.outcome == Discarded()


class Tries:
    """An end that fails some times before it is stored."""

    def __init__(self, *failures):
        self.failures, self.count = list(failures), 0

    def __call__(self):
        self.count += 1
        if self.failures:
            raise self.failures.pop(0)
        return Discarded()


def test_it_is_tried_until_it_is_stored(monkeypatch):
    monkeypatch.setattr("webapp.services.workers.retrying._wait", lambda *_args: None)
    tries = Tries(*[Busy()] * 100)
    assert store_with_retries(tries, lambda error: Failed(error.code, error.detail), lambda: None) == Discarded()
    assert tries.count == 101


def test_a_process_that_ends_tries_once_more():
    tries = Tries(*[Busy()] * 100)
    assert store_with_retries(tries, lambda error: Failed(error.code, error.detail), lambda: 0.1) is None
    assert tries.count == 1


@pytest.mark.parametrize("error", [ProviderFailed("No."), ZeroDivisionError()])
def test_what_no_outage_explains_is_stored_as_failed(error):
    outcome = store_with_retries(Tries(error), lambda error: Failed(error.code, error.detail), lambda: None)
    assert outcome.code == "provider-failed"
