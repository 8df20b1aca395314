"""Streamed completions: chunks as they come, and the end that clients wait for."""

import json

import pytest

from tests.openai_api.asking import HEADER, Gate, Meanwhile, answered, ask, error, events, text_of
from tests.support.cast import kept
from tests.support.doors import read, script
from tests.support.scripted_assistants import Scripted
from webapp.agent.protocol import AssistantFailed
from webapp.agent.values import End, Text, Usage
from webapp.services.assistants.registry import Assistants
from webapp.state import current

PIECES = (Text("Under "), Text("the "), Text("mat."), End(model="scripted-1", usage=Usage(3, 4)))


def offer(app, *steps):
    assistant = Scripted(*steps)
    current(Assistants, app).add(assistant)
    return assistant


@pytest.mark.parametrize("store", [True, False], ids=["kept", "unkept"])
def test_a_stream_is_the_role_the_pieces_the_reason_and_the_end(app, client, store):
    offer(app, *PIECES)
    response = ask(client, "Where is the key?", stream=True, store=store)
    *chunks, done = events(response)
    assert done == "[DONE]"
    assert {chunk["object"] for chunk in chunks} == {"chat.completion.chunk"}
    assert len({(chunk["id"], chunk["created"]) for chunk in chunks}) == 1
    assert chunks[0]["choices"][0]["delta"]["role"] == "assistant"
    assert text_of(chunks) == "Under the mat."
    reasons = [chunk["choices"][0]["finish_reason"] for chunk in chunks]
    assert reasons == [None] * (len(chunks) - 1) + ["stop"]
    assert chunks[-1]["choices"][0]["delta"] == {}
    assert all("usage" not in chunk for chunk in chunks)
    assert response.headers["Cache-Control"] == "no-store"


def test_a_stream_is_kept_and_tells_where(app, client):
    offer(app, *PIECES)
    response = ask(client, "Where is the key?", stream=True)
    *chunks, _ = events(response)
    session = read(client, response.headers[HEADER])
    assert [m["content"] for m in session["messages"]] == ["Where is the key?", "Under the mat."]
    assert chunks[0]["id"] == f"chatcmpl-{session['messages'][1]['id']}"
    assert chunks[-1]["metadata"] == {
        "session_id": session["id"],
        "user_message_id": session["messages"][0]["id"],
        "assistant_message_id": session["messages"][1]["id"],
    }
    assert answered(ask(client, "Where is the key?", "Under the mat.", "And?"))["session_id"] == session["id"]


@pytest.mark.parametrize("store", [True, False], ids=["kept", "unkept"])
def test_the_usage_comes_last_if_it_is_asked_for(app, client, store):
    offer(app, *PIECES)
    *chunks, last, _ = events(ask(client, "Hello", stream=True, store=store, stream_options={"include_usage": True}))
    assert last["choices"] == []
    assert last["usage"] == {"prompt_tokens": 3, "completion_tokens": 4, "total_tokens": 7}
    assert {chunk["usage"] for chunk in chunks} == {None}


@pytest.mark.parametrize("store", [True, False], ids=["kept", "unkept"])
def test_the_pieces_come_as_they_are_written(app, store):
    gate = Gate()
    offer(app, Text("First, "), gate, Text("then."), End(model="m"))
    response = ask(app.test_client(), "Hello", stream=True, store=store)
    stream = iter(response.response)
    try:
        came = next(stream).decode()
        assert "First, " in came
        assert "then." not in came
    finally:
        gate.opened.set()
    assert "then." in b"".join(stream).decode()
    assert gate.reached.is_set()
    response.close()


@pytest.mark.parametrize("store", [True, False], ids=["kept", "unkept"])
@pytest.mark.parametrize("texts", [("Hello",), ("Hello", "Hi.", "And now?")], ids=["new", "told"])
def test_what_fails_before_its_first_word_is_an_answer_of_its_own(app, client, texts, store):
    offer(app, AssistantFailed("The model is out."))
    told = error(ask(client, *texts, stream=True, store=store), 502, "provider_failed")
    assert told["message"] == "The model is out."
    assert client.get("/api/v1/sessions").json["data"] == []


@pytest.mark.parametrize("store", [True, False], ids=["kept", "unkept"])
def test_what_fails_in_mid_stream_says_so_and_nothing_is_left_of_it(app, client, store):
    gate = Gate()
    offer(app, Text("Under the"), gate, AssistantFailed("The model is out."))
    response = ask(client, "Hello", stream=True, store=store)
    gate.opened.set()
    *chunks, last = events(response)
    assert text_of(chunks) == "Under the"
    assert last["error"]["message"] == "The model is out."
    assert last["error"]["type"] == "api_error"
    with app.app_context():
        assert kept() == {"conversations": 0, "messages": 0, "links": 0}
    assert client.get("/api/v1/sessions").json["data"] == []


def test_while_nothing_comes_the_line_is_kept_open(app, client, monkeypatch):
    monkeypatch.setattr("webapp.services.live.following.QUIET_SECONDS", 0.05)
    gate = Gate()
    script(app, gate)
    response = ask(client, "Hello", stream=True)
    stream = iter(response.response)
    try:
        assert next(stream) == b": still here\n\n"
    finally:
        gate.opened.set()
    data = [line for line in b"".join(stream).decode().split("\n") if line.startswith("data: {")]
    assert text_of([json.loads(line[6:]) for line in data]) == "At last."
    response.close()


def test_a_client_that_goes_away_does_not_take_the_answer_with_it(app, client):
    gate = Gate("the mat.")
    offer(app, Text("Under "), gate, Text("the mat."), End(model="m"))
    response = ask(client, "Where?", stream=True)
    next(iter(response.response))
    response.close()
    following = Meanwhile(lambda: ask(app.test_client(), "Where?", headers={"x-stainless-retry-count": "1"}))
    gate.opened.set()
    told = answered(following.result())
    assert told["text"] == "Under the mat."
    assert told["session_id"] == response.headers[HEADER]


def test_a_stream_that_is_stopped_in_the_page_ends_well(app, client):
    gate = Gate()
    offer(app, Text("As far as this"), gate, End(model="m"))
    response = ask(app.test_client(), "Hello", stream=True)
    try:
        assert gate.reached.wait(20)
        client.post(f"/api/v1/sessions/{response.headers[HEADER]}/live/stop")
    finally:
        gate.opened.set()
    *chunks, done = events(response)
    assert (text_of(chunks), chunks[-1]["choices"][0]["finish_reason"], done) == ("As far as this", "stop", "[DONE]")
