"""A provider that takes too long, however it does it."""

from __future__ import annotations

import pytest

from tests.support.provider import HISTORY, chunk, endpoint, reply, running, streams
from webapp.agent.openai import OpenAIAssistant
from webapp.agent.protocol import AssistantFailed
from webapp.agent.values import End, Reasoning, Text


def waits(handler):
    handler.provider.over.wait(10)


def trickles(*pieces):
    """Send the first piece, and then the others for ever."""

    def answer(handler):
        streams(pieces[0])(handler)
        while all(map(handler.write, pieces)) and not handler.provider.over.wait(0.01):
            pass

    return answer


def test_silence_has_a_limit():
    with pytest.raises(AssistantFailed, match=r"sent nothing for 0\.3 seconds"):
        reply(waits, timeout=0.3)


def test_silence_in_the_middle_has_a_limit_and_what_came_stays():
    events = []

    def answer(handler):
        streams(chunk("Grey "))(handler)
        waits(handler)

    with pytest.raises(AssistantFailed, match=r"sent nothing for 0\.3 seconds"):
        reply(answer, timeout=0.3, events=events)
    assert events == [Text("Grey ")]


SIGNS = {
    "words": (chunk("drip "), Text("drip ")),
    "reasoning": (chunk(choices=[{"delta": {"reasoning_content": "hm"}}]), Reasoning("hm")),
    "comments": (b": waiting\n\n", None),
    "empty events": (b"data:\n\n", None),
    "single bytes": (b":", None),
}


@pytest.mark.parametrize(("piece", "event"), SIGNS.values(), ids=SIGNS)
def test_a_slow_but_steady_reply_is_not_cut(piece, event):
    """It takes longer than the limit of silence."""

    def answer(handler):
        streams()(handler)
        for _ in range(8):
            handler.write(piece)
            handler.provider.over.wait(0.1)
        handler.write(b"\n\n" + chunk("end") + chunk(finish="stop"))

    events = reply(answer, timeout=0.5)
    assert events == [*([event] * 8 if event else []), Text("end"), End(model="grout-7b")]


@pytest.mark.parametrize(("piece", "event"), SIGNS.values(), ids=SIGNS)
def test_for_ever_is_too_long(piece, event):
    with pytest.raises(AssistantFailed, match=r"did not finish within 0\.5 seconds, the limit for a whole answer"):
        reply(trickles(piece), timeout=5, whole=0.5)


def test_so_it_is_in_the_headers():
    def answer(handler):
        handler.write(b"HTTP/1.1 200 OK\r\nX-Long: ")
        while handler.write(b"x") and not handler.provider.over.wait(0.01):
            pass

    with pytest.raises(AssistantFailed, match=r"did not finish within 0\.5 seconds"):
        reply(answer, timeout=5, whole=0.5)


def test_an_error_that_never_ends_is_told():
    def answer(handler):
        handler.send(b"Out of", status=500, kind="text/plain")
        while handler.write(b" order") and not handler.provider.over.wait(0.01):
            pass

    with pytest.raises(AssistantFailed, match=r"\(500\): Out of order"):
        reply(answer, timeout=0.5, whole=5)


def test_what_is_missing_after_the_finish_reason_is_not_waited_for(monkeypatch):
    monkeypatch.setattr("webapp.agent.reply_clock._AFTER_FINISH", 0.2)

    def answer(handler):
        streams(chunk("Grey."), chunk(finish="stop"))(handler)
        waits(handler)

    assert reply(answer, timeout=60) == [Text("Grey."), End(model="grout-7b")]


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
