"""Questions that come at the same moment."""

from __future__ import annotations

import threading
from contextlib import contextmanager

import pytest
from flask import current_app
from sqlalchemy import text

from tests.support.cast import chat, contents, ended, eventually, live_rows
from tests.support.scripted_assistants import Gate, ask, begin, fail, held, offer, stop
from webapp.agent.values import End, Text
from webapp.database.engine import db
from webapp.errors import Answering, NotFound
from webapp.services.idempotency import RequestKey, StoredAnswer, add_form
from webapp.services.live.values import LiveTurn

KEY = RequestKey("k1", "fingerprint", "plain")


@pytest.fixture(autouse=True)
def form(user):
    """A door's form of an answer: its words."""
    add_form(current_app, "plain", lambda result: StoredAnswer(201, "/there", result.turn.assistant.content.encode()))


def send(user, content="Two", session_id=None, key=KEY):
    return begin(user, content, session_id, assistant="scripted", key=key)


def together(user, count, act):
    """Do the same in several threads at once, and return what came of it."""
    app, start, came = current_app._get_current_object(), threading.Barrier(count), []

    def run():
        with app.app_context():
            start.wait(20)
            came.append(act())

    threads = [threading.Thread(target=run) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(came) == count
    return came


def test_two_that_send_at_once_under_one_key_make_one_turn(user):
    session, gate = chat(user, "One"), Gate()
    assistant = offer(gate, Text("Grey."), End(model="m"))

    came = together(user, 2, lambda: send(user, "Two", session.id))
    gate.open()

    assert sorted(begun.is_new for begun in came) == [False, True]
    assert len({ended(user, begun.live).turn.assistant.id for begun in came}) == 1
    assert len(assistant.asked) == 1
    assert contents(user, session.id) == ["One", "Noted.", "Two", "Grey."]


@contextmanager
def locked(session_id):
    """Keep the session's row from everybody else, on PostgreSQL."""
    with db.engine.connect() as connection:
        connection.execute(text("SELECT 1 FROM sessions WHERE id = :id FOR UPDATE"), {"id": session_id})
        yield connection
        connection.rollback()


def test_two_that_try_again_at_once_under_one_key_make_one_attempt(user, engine_name):
    failed = fail(user, "Two", key=KEY)
    gate = Gate()
    assistant = offer(gate, Text("Grey."), End(model="m"))
    came = []
    if engine_name == "sqlite":
        came = together(user, 2, lambda: send(user))
    else:
        waiting = text("SELECT count(*) FROM pg_locks WHERE NOT granted")
        with locked(failed.session_id) as connection:
            gathering = threading.Thread(target=in_context(lambda: came.extend(together(user, 2, lambda: send(user)))))
            gathering.start()
            # Both have read the row and wait for the session now.
            eventually(lambda: connection.execute(waiting).scalar() == 2)
        gathering.join(30)
    gate.open()

    assert sorted(begun.is_new for begun in came) == [False, True]
    assert len({ended(user, begun.live).turn.assistant.id for begun in came}) == 1
    assert len(assistant.asked) == 1


def in_context(act):
    app = current_app._get_current_object()

    def run():
        with app.app_context():
            act()

    return run


def test_of_questions_that_come_at_once_one_is_asked_and_the_others_are_told(user):
    session, gate = chat(user, "One"), Gate()
    assistant = offer(gate, Text("Grey."), End(model="m"))
    numbers = iter(range(5))

    def send_another():
        try:
            return ask(user, f"Question {next(numbers)}", session.id).content
        except Answering:
            return None

    came = together(user, 5, send_another)
    (asked,) = filter(None, came)
    (row,) = live_rows()
    gate.open()
    ended(user, LiveTurn._make(row[: len(LiveTurn._fields)]))

    assert contents(user, session.id) == ["One", "Noted.", asked, "Grey."]
    assert len(assistant.asked) == 1


def test_an_answer_stopped_by_several_at_once_is_kept_once(user):
    session = chat(user, "One")
    with held("Grey") as gate:
        ask(user, "Two", session.id)
        gate.await_reply()

        def stop_it():
            try:
                return stop(user, session.id).outcome.turn.assistant.content
            except NotFound:
                return "Grey"

        assert together(user, 4, stop_it) == ["Grey"] * 4
    assert contents(user, session.id) == ["One", "Noted.", "Two", "Grey"]
