"""Replies that cannot be kept: nothing is stored, and the sentence says why."""

from __future__ import annotations

import threading

import pytest

from tests.support.accounts import ALICE
from tests.support.cast import chat, contents, kept
from tests.support.scripted_assistants import answers, offer, run
from webapp.agent.protocol import AssistantFailed
from webapp.agent.values import End, Reasoning, Status, Text
from webapp.errors import ProviderFailed
from webapp.services.sessions.changes import get_session
from webapp.services.transcripts.reading import read_transcript

END = End(model="m")

FAILURES = {
    "failed at once": ([AssistantFailed("The key was refused.")], "The key was refused."),
    "failed on the way": ([Text("Gre"), AssistantFailed("It broke off.")], "It broke off."),
    "raised": ([Text("Gre"), ZeroDivisionError("secret")], "The assistant failed with an unexpected error."),
    "no events": ([], "returned no text"),
    "no text": ([END], "returned no text"),
    "filtered": ([End(model="m", finish_reason="content_filter")], "held back by the provider's filter"),
    "a tool": ([Text(" "), End(model="m", finish_reason="tool_calls")], "which Minutebook does not offer"),
    "another end": ([End(model="m", finish_reason="odd")], "returned no text"),
    "blank": ([Text(" \n"), Text("\t"), END], "returned no text"),
    "no end": ([Text("Grey.")], "returned no text"),
    "no event": (["Grey.", END], "The assistant failed with an unexpected error."),
    "no end but something else": ([Text("Grey."), "the end"], "The assistant failed with an unexpected error."),
    "nothing but the way there": ([Reasoning("Grey?"), Status("Thinking"), END], "returned no text"),
    "failed after its end": ([Text("Grey."), END, AssistantFailed("It broke off.")], "It broke off."),
}


@pytest.mark.parametrize(("script", "sentence"), FAILURES.values(), ids=FAILURES.keys())
def test_a_reply_that_failed_stores_nothing(user, script, sentence):
    session = chat(user, "One")
    offer(*script)

    for session_id in (session.id, None):
        with pytest.raises(ProviderFailed, match=sentence) as failed:
            run(user, "Two", session_id=session_id, assistant="scripted")
        assert "secret" not in failed.value.detail
    assert contents(user, session.id) == ["One", "Noted."]
    assert get_session(user, session.id) == session
    assert kept() == {"conversations": 1, "messages": 2, "links": 2}


def test_the_next_question_after_a_failure_is_answered(user):
    session = chat(user, "One")
    offer(AssistantFailed("Not now."))
    with pytest.raises(ProviderFailed):
        run(user, "Two", session_id=session.id, assistant="scripted")

    offer(*answers("Now."))
    run(user, "Two", session_id=session.id, assistant="scripted")

    assert contents(user, session.id) == ["One", "Noted.", "Two", "Now."]


def test_a_reply_past_its_time_stores_nothing(make_app):
    with make_app(answer_timeout=0.05).app_context():
        offer(Text("Grey"), lambda: threading.Event().wait(0.1), Text(" grout."), END)

        with pytest.raises(ProviderFailed, match=r"did not finish within 0\.05 seconds"):
            run(ALICE, "Which?", assistant="scripted")
        assert kept()["messages"] == 0


def test_an_endless_reply_is_kept_up_to_the_limit_and_says_so(make_app):
    with make_app(max_content_chars=52).app_context():
        offer(*[Text("more ")] * 1_000)

        answer = run(ALICE, "Go on", assistant="scripted").turn.assistant
        assert (answer.content, answer.finish_reason) == ("more " * 10 + "mo", "too_long")


def test_endless_reasoning_is_kept_up_to_the_limit_and_says_so(make_app):
    with make_app(max_content_chars=50).app_context():
        offer(*[Reasoning("hm, ")] * 1_000, Text("Grey."), END)

        answer = run(ALICE, "Go on", assistant="scripted").turn.assistant
        assert answer.content == "Grey."
        assert answer.reasoning.startswith("hm, " * 12 + "hm\n\n[The rest of the reasoning was not kept.")
        assert len(answer.reasoning) < 150


def test_a_reply_of_the_longest_length_is_kept_whole(user):
    offer(*answers("x" * 60_000, "ä" * 40_000))

    turn = run(user, "Go on", assistant="scripted").turn

    assert contents(user, turn.session.id)[1] == "x" * 60_000 + "ä" * 40_000


@pytest.mark.parametrize(
    ("pieces", "stored"),
    [
        (["a\0b"], "a\ufffdb"),
        (["\ud83c", "\udf89"], "🎉"),
        (["half \ud83c"], "half \ufffd"),
        (["\udf89 half"], "\ufffd half"),
        (["  kept as \n", " it came "], "  kept as \n it came "),
    ],
    ids=["NUL", "a pair in two pieces", "high half", "low half", "blanks"],
)
def test_what_no_database_keeps_is_mended(user, pieces, stored):
    offer(*answers(*pieces))

    turn = run(user, "Go on", assistant="scripted").turn

    assert turn.assistant.content == stored
    assert contents(user, turn.session.id)[1] == stored


@pytest.mark.parametrize("said", ["m\0n", "m\ud800n", "m" * 1_000], ids=["NUL", "half", "long"])
def test_what_the_end_says_is_kept_as_far_as_it_can_be(user, said):
    offer(Text("Grey."), End(model=said, finish_reason=said))

    turn = run(user, "Which?", assistant="scripted").turn

    answer = read_transcript(user, turn.session.id).messages[1]
    assert answer == turn.assistant
    assert answer.model.startswith("m")
    assert answer.finish_reason.startswith("m")
