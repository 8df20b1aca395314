"""What happens elsewhere while an assistant answers."""

from __future__ import annotations

import threading

import pytest
from flask import current_app

from tests.services.assistants import answers, offer
from tests.services.cast import chat, contents, kept, say
from webapp.agent.values import End, Text
from webapp.errors import Archived, StaleTranscript
from webapp.extensions import db
from webapp.services.agent import AgentService
from webapp.services.session_list import SessionFilter, list_sessions
from webapp.services.sessions import archive_session


def run_in_thread(act):
    thread = threading.Thread(target=act)
    thread.start()
    thread.join()


def test_no_connection_is_held_while_the_assistant_answers(user):
    held = []
    look = lambda: held.append(db.engine.pool.checkedout())  # noqa: E731
    offer(look, Text("Grey "), look, Text("grout."), look, End(model="m"))
    session = chat(user, "Hello")

    AgentService(user).run("Which?", session_id=session.id, assistant="scripted")
    AgentService(user).run("Which?", assistant="scripted")

    assert held == [0] * 6


def test_a_turn_said_elsewhere_during_the_reply_wins_and_nothing_else_is_kept(user):
    session = chat(user, "One")
    app = current_app._get_current_object()

    def interrupt():
        with app.app_context():
            say(user, session.id, "Meanwhile")

    offer(Text("Grey"), lambda: run_in_thread(interrupt), End(model="m"))

    with pytest.raises(StaleTranscript):
        AgentService(user).run("Two", session_id=session.id, assistant="scripted")
    assert contents(user, session.id) == ["One", "Noted.", "Meanwhile", "Noted."]
    assert kept() == {"conversations": 1, "messages": 4, "links": 4}


def test_a_session_archived_during_the_reply_takes_no_turn(user):
    session = chat(user, "One")
    app = current_app._get_current_object()

    def interrupt():
        with app.app_context():
            archive_session(user, session.id)

    offer(Text("Grey"), lambda: run_in_thread(interrupt), End(model="m"))

    with pytest.raises(Archived):
        AgentService(user).run("Two", session_id=session.id, assistant="scripted")
    assert contents(user, session.id) == ["One", "Noted."]


def test_session_and_both_messages_stand_or_fall_together(user):
    offer(*answers("Grey."))

    def refuse(result):
        assert result.made_session
        raise RuntimeError("not today")

    with pytest.raises(RuntimeError, match="not today"):
        AgentService(user).run("Which?", assistant="scripted", seal=refuse)
    assert kept() == {"conversations": 0, "messages": 0, "links": 0}
    assert list_sessions(user, SessionFilter("all")).data == []
