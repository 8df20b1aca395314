"""What a client of OpenAI's sends as system and developer messages is kept with its chat, in its places."""

import pytest

from tests.openai_api.asking import URL, answered
from tests.support.doors import read, script


def send(client, *messages, **fields):
    body = {"model": "scripted", "messages": [{"role": role, "content": text} for role, text in messages]}
    return answered(client.post(URL, json=body | fields))


def told(client, session_id):
    found = read(client, session_id)["instructions"]
    return [(one["at_idx"], one["role"], one["content"]) for one in found]


SYSTEM = ("system", "Be brief.")
FIRST = (SYSTEM, ("user", "Hello"))
SECOND = (*FIRST, ("assistant", "Noted."), ("developer", "In French."), ("user", "And now?"))


def test_they_are_kept_once_and_the_persons_are_not_added(app, client):
    assistant = script(app)
    client.patch("/api/v1/account/settings", json={"instructions": "Not for clients."})
    session_id = send(client, *FIRST)["session_id"]
    assert send(client, *SECOND)["session_id"] == session_id
    third = (*SECOND, ("assistant", "Noted."), ("user", "Still?"))
    assert send(client, *third)["session_id"] == session_id
    assert told(client, session_id) == [(0, "system", "Be brief."), (2, "developer", "In French.")]
    assert [text for role, text in assistant.asked[-1] if role == "system"] == ["Be brief.", "In French."]


def test_a_request_without_them_ends_them(app, client):
    script(app)
    session_id = send(client, *FIRST)["session_id"]
    assert send(client, *SECOND[1:3], ("user", "And now?"))["session_id"] == session_id
    assert told(client, session_id) == [(0, "system", "Be brief."), (2, "system", None)]


def test_a_branch_keeps_those_of_its_beginning(app, client):
    script(app)
    first = send(client, *FIRST)["session_id"]
    send(client, *SECOND)
    branch = send(
        client, *FIRST, ("assistant", "Noted."), ("user", "Another way"), ("assistant", "So."), ("user", "Hm?")
    )
    assert branch["session_id"] != first
    assert told(client, branch["session_id"]) == [(0, "system", "Be brief.")]


def test_a_history_from_elsewhere_has_them_in_their_places(app, client):
    script(app)
    messages = (SYSTEM, ("user", "A"), ("system", "Mid."), ("assistant", "B"), ("user", "C"), ("system", "Last."))
    session_id = send(client, *messages)["session_id"]
    assert told(client, session_id) == [(0, "system", "Be brief."), (1, "system", "Mid."), (3, "system", "Last.")]


def test_long_ones_are_kept_whole(app, client):
    script(app)
    long = "Rule. " * 30_000
    session_id = send(client, ("system", long), ("user", "Hello"))["session_id"]
    assert told(client, session_id) == [(0, "system", long)]


def test_what_is_not_stored_leaves_nothing(app, client):
    script(app)
    send(client, *FIRST, store=False)
    assert client.get("/api/v1/sessions").json["data"] == []


def test_instructions_of_a_response_are_kept(app, client):
    script(app)
    body = {"model": "scripted", "input": "Hello", "instructions": "Be brief."}
    first = client.post("/v1/responses", json=body)
    (session,) = client.get("/api/v1/sessions").json["data"]
    assert told(client, session["id"]) == [(0, "system", "Be brief.")]
    again = body | {"input": "And now?", "previous_response_id": first.json["id"]}
    assert client.post("/v1/responses", json=again).status_code == 200
    assert told(client, session["id"]) == [(0, "system", "Be brief.")]


@pytest.mark.parametrize(
    ("fields", "kept"),
    [
        ({"temperature": 0.2, "max_tokens": 50, "top_p": 0.5}, {"temperature": 0.2, "max_tokens": 50, "top_p": 0.5}),
        ({"max_completion_tokens": 7}, {"max_tokens": 7}),
        ({}, None),
    ],
)
def test_the_answer_keeps_its_parameters(app, client, fields, kept):
    assistant = script(app)
    session_id = send(client, ("user", "Hello"), **fields)["session_id"]
    client.patch(f"/api/v1/sessions/{session_id}/settings", json={"temperature": 1.5, "instructions": "Mine."})
    send(client, ("user", "Hello"), ("assistant", "Noted."), ("user", "And now?"), **fields)
    messages = read(client, session_id)["messages"]
    assert [message["made_with"] for message in messages] == [None, kept, None, kept]
    assert told(client, session_id) == []
    assert all(role != "system" for role, _ in assistant.asked[-1])
