"""What came before a failure: kept as it was, continued, or discarded."""

from __future__ import annotations

import pytest

from tests.support.cast import chat, contents, ended, live_rows
from tests.support.scripted_assistants import answers, ask, fail, held, offer, wait
from webapp.agent.protocol import AssistantFailed
from webapp.agent.values import End, Reasoning, Text
from webapp.errors import Answering, Archived, Conflict, Invalid, NotFound, StaleTranscript
from webapp.ids import new_id
from webapp.services.live import continue_answer, discard, keep
from webapp.services.live.process.writer import CONTINUE
from webapp.services.sessions.changes import archive_session
from webapp.services.transcripts.appending import append_turn
from webapp.services.transcripts.reading import read_transcript
from webapp.services.values import NewMessage
from webapp.services.verification import Verification


def last(user, session_id):
    return read_transcript(user, session_id).messages[-1]


def go_on(user, session_id, **more):
    begun = continue_answer(user, session_id, **more)
    return wait(user, begun.live, begun.draft, holds_question=False)


def test_what_came_is_kept_as_the_answer(user):
    session = chat(user, "One")
    live = fail(user, "Two", session.id)

    result = keep(user, session.id)

    assert contents(user, session.id) == ["One", "Noted.", "Two", "Gre"]
    assert result.turn.assistant == last(user, session.id)
    assert (last(user, session.id).id, last(user, session.id).finish_reason) == (live.attempt, "broken_off")
    assert live_rows() == []
    assert list(Verification().findings()) == []


def test_it_is_continued_and_one_message_in_the_end(user):
    session = chat(user, "One")
    fail(user, "Two", session.id)
    assistant = offer(*answers("y grout.", finish_reason="stop"))

    result = go_on(user, session.id)

    assert contents(user, session.id) == ["One", "Noted.", "Two", "Grey grout."]
    assert result.turn.assistant.finish_reason == "stop"
    (asked,) = assistant.asked
    assert [(said.role, said.content) for said in asked[2:]] == [
        ("user", "Two"),
        ("assistant", "Gre"),
        ("user", CONTINUE),
    ]


def test_a_continuation_that_fails_has_both_parts_and_can_go_on(user):
    session = chat(user, "One")
    fail(user, "Two", session.id)
    offer(Text("y "), AssistantFailed("Again."))
    begun = continue_answer(user, session.id)
    assert ended(user, begun.live).text == "Grey "

    offer(*answers("grout."))
    go_on(user, session.id)

    assert contents(user, session.id)[-1] == "Grey grout."


def test_a_retry_begins_anew(user):
    session = chat(user, "One")
    fail(user, "Two", session.id)
    fail(user, None, session.id)

    assert live_rows()[0].partial == "Gre"
    assert discard(user, session.id) == "Two"


@pytest.mark.parametrize("reason", ["length", "stopped", "broken_off"])
def test_a_kept_answer_that_is_not_complete_is_continued(user, reason):
    offer(Text("Gre"), End(model="m", finish_reason=reason))
    live = ask(user, "One")
    ended(user, live)
    offer(*answers("y grout."))

    go_on(user, live.session_id)

    assert contents(user, live.session_id) == ["One", "Grey grout."]
    assert last(user, live.session_id).finish_reason == "stop"


@pytest.mark.parametrize("reason", ["stop", "content_filter", "too_long"])
def test_a_complete_one_is_not(user, reason):
    offer(Text("Grey."), End(model="m", finish_reason=reason))
    live = ask(user, "One")
    ended(user, live)

    with pytest.raises(Invalid, match="complete"):
        continue_answer(user, live.session_id)


def test_an_answer_that_replaces_another_is_kept_in_its_place(user):
    session = chat(user, "One")
    live = fail(user, None, session.id)
    assert live.question_is_stored

    keep(user, session.id)

    assert contents(user, session.id) == ["One", "Gre"]


def test_the_reasoning_is_kept_with_it_and_goes_on(user):
    offer(Reasoning("Grey or white? "), Text("Gre"), AssistantFailed("No."))
    live = ask(user, "One")
    ended(user, live)
    assert live_rows()[0].reasoning == "Grey or white? "

    offer(Reasoning("Grey."), *answers("y."))
    go_on(user, live.session_id)

    answer = last(user, live.session_id)
    assert (answer.content, answer.reasoning) == ("Grey.", "Grey or white? Grey.")


def test_there_must_be_text_to_keep(user):
    offer(Reasoning("hm"), Text(" \n"), AssistantFailed("No."))
    live = ask(user, "One")
    ended(user, live)

    with pytest.raises(Conflict, match="no text to keep"):
        keep(user, live.session_id)
    offer(*answers("Grey."))
    go_on(user, live.session_id)
    assert contents(user, live.session_id) == ["One", "Grey."]


def test_who_may_not_keep(user):
    session = chat(user, "One")
    with pytest.raises(NotFound):
        keep(user, session.id)
    with held("Gre"):
        ask(user, "Two", session.id)
        with pytest.raises(Answering):
            keep(user, session.id)
    ended(user, live_rows()[0]) if live_rows() else None
    fail(user, "Three", session.id)
    with pytest.raises(NotFound):
        keep(user._replace(id=new_id()), session.id)
    with pytest.raises(NotFound):
        keep(user, session.id, attempt="01a20315-4829-749d-baa5-b90ebbd034c3")


def test_an_archived_chat_takes_nothing(user):
    session = chat(user, "One")
    fail(user, "Two", session.id)
    archive_session(user, session.id)

    with pytest.raises(Archived):
        keep(user, session.id)
    assert live_rows()[0].partial == "Gre"


def test_what_was_appended_meanwhile_stays_before_it(user):
    session = chat(user, "One")
    fail(user, "Two", session.id)
    append_turn(user, session.id, NewMessage(content="A"), NewMessage(content="B", role="assistant"))

    keep(user, session.id)

    assert contents(user, session.id) == ["One", "Noted.", "A", "B", "Two", "Gre"]


def test_what_it_would_replace_must_be_there_still(user):
    session = chat(user, "One")
    fail(user, None, session.id)
    append_turn(user, session.id, NewMessage(content="A"), NewMessage(content="B", role="assistant"))

    with pytest.raises(StaleTranscript):
        keep(user, session.id)
    assert contents(user, session.id) == ["One", "Noted.", "A", "B"]
