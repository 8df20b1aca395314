"""Idempotency keys of questions: sent twice, asked once, answered the same."""

from __future__ import annotations

import pytest
from flask import current_app
from sqlalchemy import text

from tests.support.cast import chat, contents, ended, freeze, kept, live_rows
from tests.support.scripted_assistants import answers, ask, begin, fail, held, offer, run, stop
from webapp.agent.values import Text
from webapp.database.transaction import leave_transaction, read_connection
from webapp.errors import Archived, Invalid, KeyReused
from webapp.services.idempotency import RequestKey, StoredAnswer, add_form
from webapp.services.live import discard
from webapp.services.sessions.changes import archive_session
from webapp.services.sessions.purge import purge_session

KEY = RequestKey("k1", "fingerprint", "plain")


@pytest.fixture(autouse=True)
def form(user):
    """A door's form of an answer: its words."""
    add_form(current_app, "plain", lambda result: StoredAnswer(201, "/there", result.turn.assistant.content.encode()))


def send(user, content="Two", session_id=None, key=KEY):
    return begin(user, content, session_id, assistant="scripted", key=key)


def keys():
    """The keys that are kept, with what is known of their answers."""
    rows = read_connection().execute(text("SELECT key, status, body FROM idempotency_keys ORDER BY key")).all()
    leave_transaction()
    return [(row.key, row.status, row.body and bytes(row.body)) for row in rows]


def test_a_question_repeated_while_it_is_answered_is_the_same_turn(user):
    session = chat(user, "One")
    for session_id in (session.id, None):
        with held("Grey", rest=answers(".")) as gate:
            first = send(user, "Two", session_id, KEY._replace(name=str(session_id)))
            second = send(user, "Two", session_id, KEY._replace(name=str(session_id)))
            gate.await_reply()

            assert (first.is_new, second.is_new) == (True, False)
            assert second.live.attempt == first.live.attempt
        assert ended(user, second.live) == ended(user, first.live)
    assert contents(user, session.id) == ["One", "Noted.", "Two", "Grey."]
    assert kept() == {"conversations": 2, "messages": 6, "links": 6}


def test_a_question_repeated_later_gets_the_answer_it_got(user):
    assistant = offer(*answers("Grey."))
    result = run(user, "Two", assistant="scripted", key=KEY)

    assert send(user) == StoredAnswer(201, "/there", b"Grey.")
    assert send(user) == send(user)
    assert len(assistant.asked) == 1
    assert contents(user, result.turn.session.id) == ["Two", "Grey."]


def test_a_stopped_answer_is_the_answer_to_its_key(user):
    with held("Grey") as gate:
        begun = send(user)
        gate.await_reply()
        stop(user, begun.live.session_id)

    assert send(user) == StoredAnswer(201, "/there", b"Grey")


def test_a_question_repeated_after_it_failed_is_tried_again(user):
    offer(Text("Gre"), ZeroDivisionError())
    first = send(user)
    ended(user, first.live)
    assert keys() == [("k1", None, None)]

    offer(*answers("Grey."))
    again = send(user)

    assert again.is_new
    assert (again.live.session_id, again.live.user_message_id) == (first.live.session_id, first.live.user_message_id)
    ended(user, again.live)
    assert send(user).body == b"Grey."
    assert kept() == {"conversations": 1, "messages": 2, "links": 2}


def test_a_question_repeated_after_its_process_died_is_tried_again(user):
    with held("Grey") as gate:
        first = send(user)
        gate.await_reply()
        draft = freeze(first.live)
        offer(*answers("White."))

        again = send(user)

        assert (again.is_new, again.live.session_id) == (True, first.live.session_id)
        ended(user, again.live)
    draft.wait_for_end(20)
    assert contents(user, first.live.session_id) == ["Two", "White."]


def test_a_key_is_not_lent_to_another_question(user):
    offer(*answers("Grey."))
    begun = send(user)
    with pytest.raises(KeyReused):
        send(user, "Three", key=KEY._replace(fingerprint="another"))
    ended(user, begun.live)
    with pytest.raises(KeyReused):
        send(user, "Three", key=KEY._replace(fingerprint="another"))
    with pytest.raises(Invalid):
        send(user, key=KEY._replace(name="not a key"))
    assert kept()["messages"] == 2


def test_a_question_that_is_refused_takes_no_key(user):
    offer(*answers("Too late."))
    session = chat(user, "One")
    archive_session(user, session.id)
    with pytest.raises(Archived):
        send(user, "Two", session.id)
    with pytest.raises(Invalid):
        send(user, " ")

    assert (keys(), live_rows()) == ([], [])


def test_a_key_is_free_again_once_its_question_was_taken_back_stopped_or_deleted(user):
    offer(ZeroDivisionError())
    live = send(user).live
    ended(user, live)
    discard(user, live.session_id)
    assert keys() == []

    with held():
        stop(user, send(user).live.session_id)
        assert keys() == []

    offer(ZeroDivisionError())
    live = send(user).live
    ended(user, live)
    archive_session(user, live.session_id)
    purge_session(user, live.session_id)
    offer(*answers("Grey."))
    ended(user, send(user).live)
    assert keys() == [("k1", 201, b"Grey.")]


def test_every_key_under_which_a_question_was_tried_gets_its_answer(user):
    failed = fail(user, "Two", key=KEY)
    offer(*answers("Grey."))

    ended(user, ask(user, None, failed.session_id, key=KEY._replace(name="k2", fingerprint="retry")))

    assert keys() == [("k1", 201, b"Grey."), ("k2", 201, b"Grey.")]
