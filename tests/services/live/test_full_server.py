"""A server that takes on no more replies still serves what it has begun, or answered, already."""

from __future__ import annotations

import pytest
from flask import current_app

from tests.support import scripted_assistants
from tests.support.accounts import ALICE
from tests.support.cast import chat, contents, ended, kept, live_rows
from tests.support.scripted_assistants import answers, fail, held, offer
from webapp.errors import Busy, TooMany
from webapp.services.idempotency import RequestKey, StoredAnswer, add_form
from webapp.services.live.process.pool import Runner
from webapp.services.values import NewMessage
from webapp.state import current

KEY = RequestKey("k1", "fingerprint", "plain")
TOLD = (NewMessage(content="One"), NewMessage(content="Noted.", role="assistant"))


@pytest.fixture(params=[{"live_turns": 1}, {"live_turns_each": 1}], ids=["of the server", "of the user"])
def user(make_app, request):
    with make_app(**request.param).app_context():
        add_form(current_app, "plain", lambda result: StoredAnswer(201, "/x", result.turn.assistant.content.encode()))
        yield ALICE


def begin(user, content="Two", **more):
    return scripted_assistants.begin(user, content, **more)


def test_a_repeat_under_its_key_follows_the_turn_that_takes_the_last_place(user):
    with held("Grey"):
        first = begin(user, key=KEY)
        again = begin(user, key=KEY)
    assert (again.is_new, again.live.attempt) == (False, first.live.attempt)
    ended(user, first.live)


def test_a_repeat_under_its_key_is_told_its_answer_while_another_takes_the_last_place(user):
    offer(*answers("Grey."))
    ended(user, begin(user, key=KEY).live)
    with held("Wait"):
        other = begin(user, "Another")
        assert begin(user, key=KEY).body == b"Grey."
    ended(user, other.live)


@pytest.mark.parametrize("history", [(), TOLD], ids=["a new chat", "a history"])
def test_a_repeat_without_a_key_follows_the_turn_too(user, history):
    with held("Grey"):
        first = begin(user, history=history, repeated=True)
        again = begin(user, history=history, repeated=True)
    assert (again.is_new, again.live.attempt) == (False, first.live.attempt)
    ended(user, first.live)
    with held("Wait"):
        other = begin(user, "Another")
        answered = begin(user, history=history, repeated=True)
    assert answered.result.turn.assistant.id == first.live.attempt
    ended(user, other.live)


def test_what_is_new_is_refused_and_leaves_nothing(user):
    with held("Grey"):
        first = begin(user)
        before = kept()
        for more in ({}, {"key": RequestKey("k2", "f", "plain")}, {"history": TOLD}):
            with pytest.raises((Busy, TooMany)):
                begin(user, "Another", **more)
        assert (kept(), len(live_rows())) == (before, 1)
    ended(user, first.live)
    assert current(Runner).slots.count == 0
    offer(*answers("Now."))
    assert ended(user, begin(user, "Another", key=RequestKey("k2", "f", "plain")).live).turn.assistant.content == "Now."


def test_what_waits_for_another_try_goes_on_waiting(user):
    failed = fail(user, "Two", key=KEY)
    with held("Wait"):
        other = begin(user, "Another")
        with pytest.raises((Busy, TooMany)):
            begin(user, key=KEY)
    ended(user, other.live)
    assert {row.session_id: row.state for row in live_rows()} == {failed.session_id: "failed"}


def test_while_the_server_ends_an_answer_is_told_and_nothing_is_begun(user):
    offer(*answers("Grey."))
    session = chat(user, "One")
    ended(user, begin(user, session_id=session.id, key=KEY).live)
    current(Runner).close(0)
    assert begin(user, session_id=session.id, key=KEY).body == b"Grey."
    with pytest.raises(Busy):
        begin(user, "Three", session_id=session.id)
    assert contents(user, session.id) == ["One", "Noted.", "Two", "Grey."]
