"""What happens elsewhere while an assistant answers."""

from __future__ import annotations

import pytest
from flask import current_app

from tests.support.cast import chat, contents, ended, eventually, kept, live_rows, say
from tests.support.scripted_assistants import answers, ask, held, offer, run
from webapp.agent.values import End, Text
from webapp.database.engine import db
from webapp.services.idempotency import RequestKey, add_form
from webapp.services.live import discard
from webapp.services.live.process.flusher import DraftFlusher
from webapp.services.live.process.pool import Runner
from webapp.services.live.values import Discarded, Failed
from webapp.services.sessions.changes import archive_session
from webapp.services.sessions.listing import SessionFilter, list_sessions
from webapp.services.sessions.purge import purge_session
from webapp.state import current


def test_no_connection_is_held_while_the_assistant_answers(user, monkeypatch):
    # The flusher runs one transaction a few times a second, for all replies together.
    monkeypatch.setattr(DraftFlusher, "flush", lambda _flusher, _drafts: None)
    taken = []
    look = lambda: taken.append(db.engine.pool.checkedout())  # noqa: E731
    offer(look, Text("Grey "), look, Text("grout."), look, End(model="m"))
    session = chat(user, "Hello")

    run(user, "Which?", session_id=session.id, assistant="scripted")
    run(user, "Which?", assistant="scripted")

    assert taken == [0] * 6


def test_a_session_archived_meanwhile_keeps_the_question_and_says_why(user):
    session = chat(user, "One")
    with held("Grey"):
        live = ask(user, "Two", session.id)
        archive_session(user, session.id)

    assert ended(user, live).code == "archived"
    assert contents(user, session.id) == ["One", "Noted."]
    assert discard(user, session.id) == "Two"


def test_a_session_deleted_meanwhile_takes_everything_along(user):
    session = chat(user, "One")
    with held("Grey") as gate:
        live = ask(user, "Two", session.id)
        gate.await_reply()
        archive_session(user, session.id)
        purge_session(user, session.id)

    assert ended(user, live) == Discarded()
    assert (kept(), live_rows()) == ({"conversations": 0, "messages": 0, "links": 0}, [])


def test_an_assistant_is_told_when_the_session_it_writes_for_was_deleted(user):
    session = chat(user, "One")
    with held("Grey"):
        live = ask(user, "Two", session.id)
        draft = current(Runner).find(session.id)
        archive_session(user, session.id)
        purge_session(user, session.id)

        eventually(lambda: draft.stop.is_requested)
        assert draft.outcome == Discarded()
        assert ended(user, live) == Discarded()


def test_a_turn_said_meanwhile_wins_and_the_question_waits(user):
    session = chat(user, "One")
    with held("Grey"):
        live = ask(user, "Two", session.id)
        say(user, session.id, "Meanwhile")

    outcome = ended(user, live)

    assert outcome.code == "stale-transcript"
    assert contents(user, session.id) == ["One", "Noted.", "Meanwhile", "Noted."]
    offer(*answers("2"))
    ended(user, ask(user, None, session.id))
    assert contents(user, session.id)[4:] == ["Two", "2"]


@pytest.mark.parametrize("is_new", [True, False], ids=["a new session", "an old one"])
def test_session_messages_and_the_kept_answer_stand_or_fall_together(user, is_new):
    offer(*answers("Grey."))
    session = None if is_new else chat(user, "One")
    before = kept()
    seen = []

    def refuse(result):
        seen.append((result.made_session, *contents(user, result.turn.session.id)[-2:]))
        raise RuntimeError("not today")

    add_form(current_app, "refusing", refuse)
    live = ask(user, "Which?", session and session.id, key=RequestKey("k", "print", "refusing"))

    assert ended(user, live) == Failed(
        "provider-failed", "An unexpected error occurred. The server's log has the details."
    )
    assert seen == [(is_new, "Which?", "Grey.")]
    assert {name: count - before[name] for name, count in kept().items()} == {
        "conversations": int(is_new), "messages": 0, "links": 0
    }  # fmt: skip
    discard(user, live.session_id)
    assert kept() == before
    assert list_sessions(user, SessionFilter("all")).data == ([session] if session else [])
