"""Trying again: what was not answered, and an answer that should be another one."""

from __future__ import annotations

import pytest

from tests.support.cast import chat, contents, ended, live_rows
from tests.support.scripted_assistants import REFUSED, answers, ask, fail, offer
from webapp.errors import Archived
from webapp.services.sessions.changes import archive_session, get_session, restore_session


def test_a_failure_keeps_the_question_and_its_reason_and_no_message(user):
    session = chat(user, "One")

    live = fail(user, "Two", session.id)

    (row,) = live_rows()
    assert (row.content, row.state, row.problem, row.reason) == ("Two", "failed", "provider-failed", REFUSED.reason)
    assert (row.attempt, row.partial) == (live.attempt, "Gre")
    assert get_session(user, session.id) == session
    assert contents(user, session.id) == ["One", "Noted."]


def test_a_question_is_tried_again_as_often_as_it_fails(user):
    session = chat(user, "One")
    attempts = {fail(user, "Two", session.id).attempt, *(fail(user, None, session.id).attempt for _ in range(2))}
    assert len(attempts) == 3

    offer(*answers("Grey."))
    live = ask(user, None, session.id)
    turn = ended(user, live).turn

    assert (turn.assistant.id, turn.assistant.content) == (live.attempt, "Grey.")
    assert contents(user, session.id) == ["One", "Noted.", "Two", "Grey."]
    assert live_rows() == []


def test_a_question_is_tried_again_with_another_assistant_that_the_session_then_remembers(user):
    failed = fail(user, "Which?")
    offer(*answers("From the second."), key="second")

    turn = ended(user, ask(user, None, failed.session_id, assistant="second")).turn

    assert turn.assistant.content == "From the second."
    assert get_session(user, failed.session_id).assistant == "second"


def test_nobody_else_is_asked_unless_somebody_says_so(user):
    failed = fail(user, "Which?")
    offer(*answers("From the second."), key="second")
    first = offer(*answers("From the first."))

    ended(user, ask(user, None, failed.session_id, assistant=None))

    assert len(first.asked) == 1


def test_a_session_that_was_archived_takes_its_next_try_once_it_is_back(user):
    failed = fail(user, "Which?")
    archive_session(user, failed.session_id)
    with pytest.raises(Archived):
        ask(user, None, failed.session_id)
    restore_session(user, failed.session_id)
    offer(*answers("Grey."))

    ended(user, ask(user, None, failed.session_id))

    assert contents(user, failed.session_id) == ["Which?", "Grey."]
