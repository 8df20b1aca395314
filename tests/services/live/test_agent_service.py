"""Chatting: one question, one finished answer, kept together."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tests.support.cast import chat, contents, kept, stranger
from tests.support.scripted_assistants import answers, offer, run
from webapp.agent.values import Citation, MonthCount, Usage, Utterance
from webapp.errors import Archived, Invalid, NotFound, StaleTranscript
from webapp.ids import new_id
from webapp.services.assistants.registry import Assistants, list_assistants
from webapp.services.sessions.changes import archive_session, change_session, create_session, get_session
from webapp.services.transcripts.reading import read_transcript
from webapp.state import current


def test_a_question_without_a_session_makes_one(user):
    offer(*answers("Grey ", "grout."))

    result = run(user, "Which grout?", assistant="scripted")

    assert result.made_session
    page = read_transcript(user, result.turn.session.id)
    assert page.messages == [result.turn.user, result.turn.assistant]
    assert [message.content for message in page.messages] == ["Which grout?", "Grey grout."]
    assert (page.session.title, page.session.assistant, page.session.message_count) == ("Which grout?", "scripted", 2)


def test_a_question_in_a_session_is_asked_with_all_that_was_said(user):
    session = chat(user, ("One", "1"), ("Two", "2"))
    assistant = offer(*answers("3"))

    result = run(user, "Three", session_id=session.id, expected_last_idx=3, assistant="scripted")

    assert not result.made_session
    assert assistant.asked == [
        [Utterance(role, said) for role, said in zip(["user", "assistant"] * 3, ["One", "1", "Two", "2", "Three"], strict=False)]
    ]  # fmt: skip
    assert contents(user, session.id) == ["One", "1", "Two", "2", "Three", "3"]


def test_what_the_end_tells_is_kept_with_the_answer(user):
    cited = Citation("s", "Tiles", 2, "m", datetime(2026, 3, 1, tzinfo=UTC), "grey", "/sessions/s#m-3")
    months = (MonthCount("2026-03", 2),)
    offer(*answers("Grey.", finish_reason="length", usage=Usage(3, 5), citations=(cited,), histogram=months))

    result = run(user, "Which?", assistant="scripted")

    answer = read_transcript(user, result.turn.session.id).messages[1]
    assert (answer.model, answer.finish_reason) == ("scripted-1", "length")
    assert answer.usage == {"input_tokens": 3, "output_tokens": 5}
    # Neither a place nor an address: both would not stay true in a row that never changes.
    assert answer.citations == [
        {
            "session_id": "s",
            "title": "Tiles",
            "message_id": "m",
            "create_time": "2026-03-01T00:00:00.000000Z",
            "quote": "grey",
        }
    ]
    assert result.histogram == months


def test_the_question_has_the_time_it_was_asked_and_the_answer_a_later_one(user):
    between = []
    offer(lambda: between.append(datetime.now(UTC)), *answers("Grey."))

    turn = run(user, "Which?", assistant="scripted").turn

    assert turn.user.create_time < between[0] < turn.assistant.create_time


def test_everything_that_can_be_refused_is_refused_before_the_assistant_is_asked(user):
    assistant = offer(*answers("Too late."))
    open_one, archived, theirs = chat(user, "One"), chat(user, "Two"), chat(stranger(), "Three")
    archive_session(user, archived.id)
    before = kept()
    refusals = [
        (Invalid, "", {}),
        (Invalid, " \n", {}),
        (Invalid, "a\0b", {}),
        (Invalid, "\ud800", {}),
        (Invalid, "x" * 100_001, {"session_id": open_one.id}),
        (Invalid, "Hi", {"assistant": "nobody"}),
        (NotFound, "Hi", {"session_id": new_id()}),
        (NotFound, "Hi", {"session_id": theirs.id}),
        (Archived, "Hi", {"session_id": archived.id}),
        (StaleTranscript, "Hi", {"session_id": open_one.id, "expected_last_idx": 0}),
        (StaleTranscript, "Hi", {"session_id": open_one.id, "expected_last_idx": 3}),
        (StaleTranscript, "Hi", {"expected_last_idx": 1}),
    ]

    for kind, content, options in refusals:
        with pytest.raises(kind):
            run(user, content, **{"assistant": "scripted", **options})
    assert assistant.asked == []
    assert kept() == before


def test_the_session_remembers_who_answers(user):
    offer(*answers("From the first."), key="first")
    second = offer(*answers("From the second."), key="second")
    session = run(user, "One", assistant="second").turn.session

    again = run(user, "Two", session_id=session.id).turn
    run(user, "Three", session_id=session.id, assistant="first")

    assert again.assistant.content == "From the second."
    assert len(second.asked) == 2
    assert get_session(user, session.id).assistant == "first"


def test_a_chat_goes_to_no_other_assistant_until_somebody_chooses_one(user):
    session = create_session(user, assistant="archivist")
    registry = current(Assistants)
    offer(*answers("Hello."), key="visitor")
    change_session(user, session.id, assistant="visitor")
    registry._extra.clear()
    assert [choice.key for choice in list_assistants()] == ["archivist"]

    with pytest.raises(Invalid, match=r"^The assistant of this chat, visitor, is not available any more\."):
        run(user, "Anybody?", session_id=session.id)
    turn = run(user, "Anybody?", session_id=session.id, assistant="archivist").turn

    assert turn.assistant.model == "archivist"
    assert turn.session.assistant == "archivist"
