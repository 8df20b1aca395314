"""How a live turn becomes messages, and what is left of it when it does not."""

from __future__ import annotations

import threading

import pytest

from tests.support.accounts import ALICE
from tests.support.cast import chat, ended, kept, live_rows, say
from tests.support.scripted_assistants import answers, ask, held, offer, wait
from webapp.agent.values import End, Text
from webapp.errors import Answering, Archived, NotFound, StaleTranscript
from webapp.services.live import discard
from webapp.services.live.following import get_live_turn, outcome_of, stored_turn
from webapp.services.sessions.changes import archive_session, get_session, rename_session
from webapp.services.transcripts.reading import read_transcript


def test_the_messages_have_the_ids_that_were_promised_when_it_began(user):
    session = chat(user, "One")
    offer(*answers("Grey."))

    live = ask(user, "Two", session.id)
    result = ended(user, live)

    question, answer = read_transcript(user, session.id).messages[2:]
    assert (result.turn.user, result.turn.assistant) == (question, answer)
    assert (question.id, answer.id) == (live.user_message_id, live.attempt)
    assert question.create_time == live.asked_at <= answer.create_time
    assert (question.idx, answer.idx) == (live.question_idx, live.question_idx + 1)


def test_a_kept_turn_counts_once_in_everything_its_session_tells(user):
    session = chat(user, "One", assistant="archivist")
    offer(*answers("Grey."))

    result = ended(user, ask(user, "Two", session.id))

    after = get_session(user, session.id)
    assert result.turn.session == after
    assert (after.message_count, after.revision) == (session.message_count + 2, session.revision + 1)
    assert (after.title, after.assistant) == ("One", "scripted")
    assert after.last_activity_at == after.updated_at > session.updated_at
    assert live_rows() == []


def test_a_session_renamed_during_its_first_answer_keeps_that_name(user):
    with held("Grey"):
        live = ask(user, "Which grout?")
        rename_session(user, live.session_id, "Kitchen")
    result = ended(user, live)

    assert result.made_session
    assert (result.turn.session.title, result.turn.session.title_source) == ("Kitchen", "user")


def test_how_it_ended_can_be_asked_at_any_time_later(user):
    offer(*answers("Grey."))
    live = ask(user, "Which?")
    result = ended(user, live)

    assert outcome_of(user, live) == result
    assert stored_turn(user, live.session_id, live.attempt, made_session=True) == result
    assert ended(user, live) == result
    assert get_live_turn(user, live.session_id) is None
    say(user, live.session_id, "And then?")
    assert outcome_of(user, live).turn.assistant == result.turn.assistant


@pytest.mark.parametrize(
    ("script", "settings", "reason"),
    [
        ([Text("Grey"), lambda: threading.Event().wait(0.1), Text("."), End(model="m")], {"answer_timeout": 0.05}, "within 0.05 seconds"),
        ([Text("Grey"), ZeroDivisionError("secret")], {}, "with an unexpected error"),
        ([End(model="m")], {}, "returned no text"),
    ],
    ids=["too late", "raised", "empty"],
)  # fmt: skip
def test_whatever_fails_leaves_the_question_and_the_reason_and_nothing_else(make_app, script, settings, reason):
    with make_app(**settings).app_context():
        user = ALICE
        session = chat(user, "One")
        before = kept()
        offer(*script)

        outcome = ended(user, ask(user, "Two", session.id))

        assert outcome.code == "provider-failed"
        assert reason in outcome.reason
        assert "secret" not in outcome.reason
        assert (kept(), get_session(user, session.id)) == (before, session)
        assert [(row.state, row.content, row.reason) for row in live_rows()] == [("failed", "Two", outcome.reason)]


def test_what_is_being_written_cannot_be_taken_back(user):
    with held("Grey"):
        live = ask(user, "Which?")

        with pytest.raises(Answering):
            discard(user, live.session_id)
        assert [row.content for row in live_rows()] == ["Which?"]
    ended(user, live)
    with pytest.raises(NotFound):
        discard(user, live.session_id)


@pytest.mark.parametrize(
    ("change", "refusal"),
    [(archive_session, Archived), (lambda *whose: say(*whose, "Meanwhile"), StaleTranscript)],
    ids=["archived", "moved on"],
)
def test_somebody_who_waits_for_an_answer_is_told_why_there_is_none_and_left_nothing(user, change, refusal):
    session = chat(user, "One")
    with held("Grey"):
        live = ask(user, "Two", session.id)
        change(user, session.id)
    before = kept()

    with pytest.raises(refusal):
        wait(user, live)

    assert (kept(), live_rows()) == (before, [])
