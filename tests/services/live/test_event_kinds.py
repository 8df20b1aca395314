"""An assistant may tell how it makes its answer. The answer is its texts alone, however it is begun and read."""

from __future__ import annotations

import threading
from typing import get_args

import pytest

from tests.support.cast import chat, contents
from tests.support.scripted_assistants import begin, offer, run
from webapp.agent.values import End, Event, Reasoning, Rethought, Status, Text, ToolCall, ToolResult, Usage
from webapp.services.live.unstored import begin_unstored
from webapp.services.live.values import Unstored

SCRIPT = (
    Text("They ask "),
    Rethought(),
    Status("Looking through your chats"),
    Reasoning("about "),
    Reasoning("grout."),
    ToolCall("c1", "search", '{"words": "grout"}'),
    ToolResult("c1", "3 turns"),
    Text("Grey "),
    Status("Looking once more"),
    ToolCall("c2", "turn", "no JSON at all"),
    ToolResult("c2", ""),
    Text("grout."),
    Status(""),
    End(model="scripted-1", usage=Usage(3, 5)),
)


def test_the_script_has_every_kind():
    assert {type(event) for event in SCRIPT} == set(get_args(Event))


def test_what_is_kept_is_the_texts(user):
    session = chat(user, "One")
    offer(*SCRIPT)

    result = run(user, "Two", session.id, assistant="scripted")

    assert result.turn.assistant.content == "Grey grout."
    assert result.turn.assistant.reasoning == "They ask about grout."
    assert result.turn.assistant.reasoning_seconds >= 0
    assert contents(user, session.id) == ["One", "Noted.", "Two", "Grey grout."]


def test_so_it_is_where_nothing_is_stored(user):
    offer(*SCRIPT)

    begun = begin_unstored(user, (), "Two", assistant="scripted")
    assert begun.draft.wait_for_end(20)

    assert isinstance(begun.draft.outcome, Unstored)
    assert begun.draft.outcome.text == "Grey grout."
    assert begun.draft.outcome.reasoning == "They ask about grout."


@pytest.mark.parametrize(
    "event", [event for event in SCRIPT if not isinstance(event, Text | End | Rethought)], ids=repr
)
def test_no_other_kind_is_seen_while_the_reply_grows(user, event):
    session = chat(user, "One")
    seen = []
    drafted = threading.Event()

    def look():
        seen.append(drafts[0].text())

    drafts = []
    offer(Text("Grey"), lambda: drafted.wait(20), event, look, Text(" grout."), End(model="m"))
    begun = begin(user, "Two", session.id)
    drafts.append(begun.draft)
    drafted.set()
    assert begun.draft.wait_for_end(20)

    assert seen == ["Grey"]
