"""What the server hands out of a temporary chat, it takes back: whatever a provider says, and however clocks run."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.carried import ago, carried_fields, turn_fields
from tests.support.doors import script
from tests.support.events import events_of
from tests.support.tabs import PARTIAL
from webapp.agent.protocol import AssistantFailed
from webapp.agent.values import End, Reasoning, Rethought
from webapp.ids import new_id

LIMIT = 100
#: Half surrogates, control characters, quotation marks, and what Python counts as blank and the app does not.
LETTERS = st.sampled_from('ab \n\r\t"<&\\\0\x07\x7f\x85\xa0\u2028\ud83d\ude00\ud800😀\ufeff\uffff')
WORDS = st.text(LETTERS, max_size=2 * LIMIT) | st.integers(LIMIT - 2, LIMIT + 2).map("x".__mul__)
NAMES = st.text(LETTERS, max_size=12) | st.integers(190, 300).map("M".__mul__)
PIECES = st.lists(WORDS | WORDS.map(Reasoning) | st.just(Rethought()), max_size=6)
ENDS = st.builds(End, model=NAMES, finish_reason=NAMES) | st.just(AssistantFailed("It is out."))
LINES = st.builds(lambda pieces, end: (*pieces, end), PIECES, ENDS)

promise = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture
def app(make_app):
    return make_app(max_content_chars=LIMIT)


@promise
@given(line=LINES)
def test_the_page_takes_back_its_fields(app, client, line):
    script(app, line, line, "Yes.")
    for headers in ({}, PARTIAL):
        page = client.post("/temporary", data={"content": "Well?", "assistant": "scripted"}, headers=headers)
        assert page.status_code in ({200, 502} if not headers else {200}), page.text
        fields = carried_fields(page)
        # The page takes a question without an answer back into its composer.
        if '"role":"assistant"' in "".join(fields):
            # Every event of a stream has the answer so far; the last two fields are the whole turn.
            data = {"content": "And?", "message": fields[-2:], "key": new_id()}
            assert client.post("/temporary/keep", data=data, headers=PARTIAL).status_code == 200
            assert client.post("/temporary", data=data | {"assistant": "archivist"}).status_code in {200, 502}


@promise
@given(line=LINES)
def test_the_api_takes_back_its_turns(app, client, line):
    script(app, line, line)
    for stream in (False, True):
        body = {"content": "Well?", "assistant": "scripted", "stream": stream}
        answer = client.post("/api/v1/temporary", json=body)
        told = events_of(answer)[-1].data if stream else answer.json
        assert answer.status_code in {200, 502}, told
        if turn := told.get("turn"):
            kept = client.post("/api/v1/sessions", json={"turns": [turn]})
            assert kept.status_code == 201, kept.json
            on = client.post("/api/v1/temporary", json={"content": "On", "turns": [turn], "assistant": "archivist"})
            assert on.status_code in {200, 502}, on.json


@pytest.mark.parametrize("path", ["/temporary", "/temporary/retries"])
@pytest.mark.parametrize("headers", [{}, PARTIAL], ids=["plain", "htmx"])
def test_times_go_forward_on_a_clock_that_is_behind(app, client, path, headers):
    ahead = ago(minutes=-2)
    script(app, "Yes.")
    carried = turn_fields("a", "b", at=ahead)
    data = {"content": "Well?", "assistant": "scripted", "message": carried}
    fields = carried_fields(client.post(path, data=data, headers=headers))
    if headers:
        fields = carried + fields[-2:] if path == "/temporary" else [carried[0], fields[-1]]
    kept = client.post("/temporary/keep", data={"message": fields, "key": new_id()})
    assert kept.status_code == 303, kept.text


def test_times_of_turns_go_forward_on_a_clock_that_is_behind(app, client):
    ahead = (datetime.now(UTC) + timedelta(minutes=2)).isoformat()
    script(app, "Yes.")
    first = {"user": {"content": "a", "create_time": ahead}, "assistant": {"content": "b", "create_time": ahead}}
    told = client.post("/api/v1/temporary", json={"content": "Well?", "assistant": "scripted", "turns": [first]})
    kept = client.post("/api/v1/sessions", json={"turns": [first, told.json["turn"]]})
    assert kept.status_code == 201, kept.json


def test_a_name_is_as_long_in_an_ordinary_chat(app, client):
    script(app, ("Yes.", End(model="M" * 300, finish_reason="f" * 300)))
    message = client.post("/api/v1/chat", json={"content": "Well?"}).json["message"]
    assert (message["model"], message["finish_reason"]) == ("M" * 200, "f" * 32)
