"""What a client of OpenAI's sends as system and developer messages is kept with its chat, in its places."""

import pytest

from tests.openai_api.asking import URL, Gate, Meanwhile, answered, error
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
    long = "Rules " * 16_666 + "rule"
    assert len(long) == 100_000
    session_id = send(client, ("system", long), ("user", "Hello"))["session_id"]
    assert told(client, session_id) == [(0, "system", long)]


@pytest.mark.parametrize("store", [True, False])
@pytest.mark.parametrize("role", ["system", "developer"])
def test_longer_ones_than_a_message_are_refused(app, client, role, store):
    assistant = script(app)
    long = "a" * 100_001
    refused = {"role": role, "content": long}
    parts = {
        "role": role,
        "content": [{"type": "text", "text": long[:60_000]}, {"type": "text", "text": long[60_000:]}],
    }
    question = {"role": "user", "content": "Hello"}
    for messages, place in (([refused, question], 0), ([question, refused], 1), ([parts, question], 0)):
        body = {"model": "scripted", "store": store}
        answer = client.post(URL, json=body | {"messages": messages})
        found = error(answer, 400, "too_long", f"messages[{place}].content")
        assert f"The {role} message has 100,00" in found["message"]
        assert "The limit is 100,000" in found["message"]
        answer = client.post("/v1/responses", json=body | {"input": messages})
        error(answer, 400, "too_long", f"input[{place}].content")
    assert assistant.asked == []
    assert client.get("/api/v1/sessions").json["data"] == []


@pytest.mark.parametrize(("count", "status"), [(100_000, 200), (100_001, 400)])
def test_instructions_have_the_same_limit(app, client, count, status):
    script(app)
    body = {"model": "scripted", "input": "Hello", "instructions": "a" * count}
    answer = client.post("/v1/responses", json=body)
    assert answer.status_code == status
    if status == 400:
        found = error(answer, 400, "too_long", "instructions")
        assert found["message"].startswith("The instructions have 100,001 characters. The limit is 100,000.")


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


def response(client, asked, **fields):
    answer = client.post("/v1/responses", json={"model": "scripted", "input": asked} | fields)
    assert answer.status_code == 200, answer.text
    return answer.json


def systems(assistant):
    return [(place, text) for place, (role, text) in enumerate(assistant.asked[-1]) if role == "system"]


def items(*messages):
    return [{"role": role, "content": text} for role, text in messages]


FULL = items(("system", "in sys"), ("user", "Hello"), ("developer", "tail"))


def test_a_named_response_has_the_system_messages_of_its_input_and_not_its_instructions(app, client):
    assistant = script(app)
    first = response(client, FULL, instructions="Top.")
    assert systems(assistant) == [(0, "Top."), (1, "in sys"), (3, "tail")]
    session_id = first["metadata"]["session_id"]
    held = [(0, "system", "Top."), (0, "system", "in sys"), (1, "developer", "tail")]
    assert told(client, session_id) == held
    assert [fact["number"] for fact in read(client, session_id)["instructions"]] == [-1, 0, 0]

    second = response(client, "And now?", previous_response_id=first["id"])
    assert assistant.asked[-1] == [
        ("system", "in sys"),
        ("user", "Hello"),
        ("system", "tail"),
        ("assistant", "Noted."),
        ("user", "And now?"),
    ]
    assert told(client, session_id) == [*held, (2, "system", None)]

    third = response(client, items(("developer", "New."), ("user", "More")), previous_response_id=second["id"])
    assert systems(assistant) == [(0, "in sys"), (2, "tail"), (6, "New.")]
    assert third["metadata"]["session_id"] == session_id
    assert told(client, session_id) == [*held, (2, "system", None), (4, "developer", "New.")]


@pytest.mark.parametrize("store", [True, False])
def test_a_branch_has_those_of_its_beginning(app, client, store):
    assistant = script(app)
    first = response(client, FULL)
    later = items(("system", "Later."), ("user", "And now?"))
    response(client, later, previous_response_id=first["id"])
    branch = response(client, "Another way", previous_response_id=first["id"], instructions="Top.", store=store)
    assert systems(assistant) == [(0, "Top."), (1, "in sys"), (3, "tail")]
    if store:
        wanted = [(0, "system", "in sys"), (1, "developer", "tail"), (2, "system", "Top.")]
        assert told(client, branch["metadata"]["session_id"]) == wanted


@pytest.mark.parametrize("door", ["completions", "responses"])
def test_a_named_chat_has_them_when_the_new_message_comes_alone(app, client, door):
    assistant = script(app)
    first = response(client, FULL, instructions="Top.")
    named = {"metadata": {"session_id": first["metadata"]["session_id"]}}

    def tell(*messages):
        return (
            send(client, *messages, **named) if door == "completions" else response(client, items(*messages), **named)
        )

    tell(("user", "And now?"))
    assert systems(assistant) == [(0, "in sys"), (2, "tail")]
    tell(("system", "Rather this."), ("user", "More"))
    assert systems(assistant) == [(0, "Rather this."), (2, "tail")]
    tell(("user", "Still?"))
    assert systems(assistant) == [(0, "Rather this."), (2, "tail")]
    found = told(client, named["metadata"]["session_id"])
    assert found[3:] == [(2, "system", None), (4, "system", "Rather this.")]


def test_a_repeated_new_message_is_answered_once(app, client):
    gate = Gate()
    script(app, "Noted.", gate)
    named = {"metadata": {"session_id": send(client, *FIRST)["session_id"]}}
    again = {"x-stainless-retry-count": "1"}
    body = {"model": "scripted", "messages": items(("user", "And now?"))} | named
    one, two = (Meanwhile(lambda: client.post(URL, json=body, headers=again)) for _ in range(2))
    assert gate.reached.wait(20)
    gate.opened.set()
    assert answered(one.result())["id"] == answered(two.result())["id"]


def test_a_removed_one_is_not_sent_again(app, client):
    assistant = script(app)
    first = response(client, FULL)
    session_id = first["metadata"]["session_id"]
    text_id = read(client, session_id)["instructions"][0]["text_id"]
    assert client.post(f"/api/v1/instructions/{text_id}/strike").status_code == 200
    response(client, "And now?", previous_response_id=first["id"])
    assert systems(assistant) == [(1, "tail")]


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
