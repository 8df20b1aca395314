"""A provider that takes too long, however it does it."""

from __future__ import annotations

import pytest

from tests.support.provider import HISTORY, chunk, endpoint, reply, running, streams
from webapp.agent.openai import OpenAIAssistant
from webapp.agent.protocol import AssistantFailed
from webapp.agent.values import Text


def test_silence_ends_with_the_time():
    with pytest.raises(AssistantFailed, match=r"did not finish within 0\.2 seconds"):
        reply(lambda handler: handler.provider.over.wait(10), timeout=0.2)


def test_silence_in_the_middle_ends_with_the_time():
    def answer(handler):
        streams(chunk("Grey "))(handler)
        handler.provider.over.wait(10)

    with pytest.raises(AssistantFailed, match=r"did not finish within 0\.2 seconds"):
        reply(answer, timeout=0.2)


def test_a_trickle_ends_with_the_time():
    def answer(handler):
        streams(chunk("drip"))(handler)
        while handler.write(chunk("drip")) and not handler.provider.over.wait(0.01):
            pass

    with pytest.raises(AssistantFailed, match=r"did not finish within 0\.3 seconds"):
        reply(answer, timeout=0.3)


def test_a_trickle_that_says_nothing_ends_with_the_time_too():
    def answer(handler):
        streams(b": waiting\n\n")(handler)
        while handler.write(b": waiting\n\n") and not handler.provider.over.wait(0.01):
            pass

    with pytest.raises(AssistantFailed, match=r"did not finish within 0\.3 seconds"):
        reply(answer, timeout=0.3)


def test_a_reader_who_goes_away_closes_the_stream():
    gone = []

    def answer(handler):
        streams(chunk("drip"))(handler)
        while handler.write(chunk("drip")) and not handler.provider.over.wait(0.01):
            pass
        gone.append(not handler.provider.over.is_set())

    with running(answer) as provider, endpoint(provider.url) as there:
        events = OpenAIAssistant(there, "m").reply(HISTORY, timeout=5)
        assert next(events) == Text("drip")
        events.close()
        for _ in range(500):
            if gone or provider.over.wait(0.01):
                break
    assert gone == [True]
