"""POST /v1/responses: the Responses API for text. What is answered is kept as completions are."""

import json
import re

import pytest

from tests.openai_api.asking import HEADER, Gate, Meanwhile, answered, ask, error
from tests.support.cast import chat, stranger
from tests.support.doors import NOBODY, add_turn, make_session, read, script
from tests.support.scripted_assistants import Scripted
from tests.support.waiting import eventually
from webapp.agent.protocol import AssistantFailed
from webapp.agent.values import End, ProviderRefusal, Text, Usage
from webapp.services.assistants.registry import Assistants
from webapp.state import current

URL = "/v1/responses"
AGAIN = {"x-stainless-retry-count": "1"}
ORDER = [
    "response.created",
    "response.in_progress",
    "response.output_item.added",
    "response.content_part.added",
    "response.output_text.delta",
    "response.output_text.done",
    "response.content_part.done",
    "response.output_item.done",
    "response.completed",
]


def respond(client, asked, /, headers=None, **fields):
    return client.post(URL, json={"model": "scripted", "input": asked, **fields}, headers=headers)


def told(response):
    """Check that the answer is a response, and return it with its text and its session."""
    assert response.status_code == 200, response.text
    body = response.json
    assert body["object"] == "response"
    assert body["id"].startswith("resp_")
    (item,) = body["output"]
    assert (item["type"], item["role"]) == ("message", "assistant")
    (part,) = item["content"]
    return body | {"words": part["text"], "session": body["metadata"].get("session_id")}


def events(response):
    """Return the events of a stream, each named as its type and numbered."""
    assert response.mimetype == "text/event-stream", response.text
    found = []
    for block in response.text.strip().split("\n\n"):
        lines = dict(line.split(": ", 1) for line in block.split("\n") if not line.startswith(":"))
        event = json.loads(lines["data"])
        assert lines["event"] == event["type"]
        found.append(event)
    assert [event["sequence_number"] for event in found] == list(range(len(found)))
    return found


def kinds(found):
    """The types of the events, with one delta for all."""
    types = [event["type"] for event in found]
    return [kind for place, kind in enumerate(types) if place == 0 or types[place - 1] != kind]


def contents(client, session_id):
    return [message["content"] for message in read(client, session_id)["messages"]]


def sessions(client):
    return client.get("/api/v1/sessions?include_archived=1").json["data"]


def test_a_text_is_answered_and_kept(app, client):
    events_ = (Text("Under "), Text("the mat."), End(model="scripted-1", usage=Usage(3, 4)))
    current(Assistants, app).add(Scripted(*events_))
    response = respond(client, "Where is the key?", metadata={"topic": "keys"}, temperature=0.2, max_output_tokens=50)
    body = told(response)
    question, answer = read(client, body["session"])["messages"]
    assert (body["words"], answer["content"], question["content"]) == ("Under the mat.",) * 2 + ("Where is the key?",)
    assert response.headers[HEADER] == body["session"]
    assert (body["id"], body["output"][0]["id"]) == (f"resp_{answer['id']}", f"msg_{answer['id']}")
    assert (body["status"], body["model"], body["error"]) == ("completed", "scripted-1", None)
    assert body["usage"] == {
        "input_tokens": 3,
        "input_tokens_details": {"cached_tokens": 0},
        "output_tokens": 4,
        "output_tokens_details": {"reasoning_tokens": 0},
        "total_tokens": 7,
    }
    assert body["metadata"]["topic"] == "keys"
    assert (body["temperature"], body["max_output_tokens"]) == (0.2, 50)


def test_a_stream_has_the_events_in_their_order(app, client):
    current(Assistants, app).add(Scripted(Text("Under "), Text("the mat."), End(model="m", usage=Usage(3, 4))))
    response = respond(client, "Where is the key?", stream=True, instructions="Be short.")
    found = events(response)
    assert kinds(found) == ORDER
    assert "".join(e["delta"] for e in found if e["type"] == "response.output_text.delta") == "Under the mat."
    created, completed = found[0]["response"], found[-1]["response"]
    assert (created["status"], created["output"], created["instructions"]) == ("in_progress", [], "Be short.")
    assert created["id"] == completed["id"]
    assert completed["output"] == [found[-2]["item"]]
    assert completed["usage"]["total_tokens"] == 7
    assert completed["metadata"]["session_id"] == response.headers[HEADER]
    item_ids = {e["item_id"] for e in found if "item_id" in e}
    assert item_ids == {completed["output"][0]["id"]}
    assert contents(client, response.headers[HEADER]) == ["Where is the key?", "Under the mat."]


@pytest.mark.parametrize(("reason", "status", "why"), [("length", "incomplete", "max_output_tokens"), ("content_filter", "incomplete", "content_filter"), ("eos", "completed", None)])  # fmt: skip
def test_an_answer_that_was_cut_is_incomplete(app, client, reason, status, why):
    current(Assistants, app).add(Scripted(Text("So"), End(model="m", finish_reason=reason)))
    body = told(respond(client, "Hello"))
    assert body["status"] == body["output"][0]["status"] == status
    assert body["incomplete_details"] == ({"reason": why} if why else None)
    assert events(respond(client, "Hello", stream=True))[-1]["type"] == f"response.{status}"


def test_a_list_of_messages_finds_its_chat_as_a_completion_does(app, client):
    assistant = script(app, "Hi.", "So.", "Yes.")
    first = answered(ask(client, "Hello"))
    items = [
        {"role": "developer", "content": "Be short."},
        {"role": "user", "content": "Hello"},
        {
            "type": "message",
            "role": "assistant",
            "content": [{"type": "output_text", "text": "Hi.", "annotations": []}],
        },
        {"type": "reasoning", "id": "rs_1", "summary": []},
        {"role": "user", "content": [{"type": "input_text", "text": "And now?"}]},
    ]
    second = told(respond(client, items, instructions="Be kind."))
    assert second["session"] == first["session_id"]
    assert assistant.asked[-1] == [
        ("system", "Be kind."),
        ("system", "Be short."),
        ("user", "Hello"),
        ("assistant", "Hi."),
        ("user", "And now?"),
    ]
    third = answered(ask(client, "Hello", "Hi.", "And now?", "So.", "Sure?"))
    assert third["session_id"] == first["session_id"]


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])
def test_the_previous_response_names_the_chat(app, client, stream):
    assistant = script(app, "1", "2")
    first = told(respond(client, "One", instructions="Be short."))
    response = respond(client, "Two", previous_response_id=first["id"], stream=stream)
    second = events(response)[-1]["response"] if stream else told(response)
    assert second["metadata"]["session_id"] == first["session"]
    assert second["previous_response_id"] == first["id"]
    # Instructions are of one response, and are not carried over.
    assert assistant.asked[-1] == [("user", "One"), ("assistant", "1"), ("user", "Two")]
    assert contents(client, first["session"]) == ["One", "1", "Two", "2"]


def test_after_an_earlier_response_the_chat_forks(app, client):
    assistant = script(app, "1", "2", "3")
    first = told(respond(client, "One"))
    told(respond(client, "Two", previous_response_id=first["id"]))
    other = told(respond(client, "Three", previous_response_id=first["id"]))
    assert other["session"] != first["session"]
    assert contents(client, other["session"]) == ["One", "1", "Three", "3"]
    assert contents(client, first["session"]) == ["One", "1", "Two", "2"]
    assert assistant.asked[-1] == [("user", "One"), ("assistant", "1"), ("user", "Three")]


def test_system_messages_after_a_previous_response_stay_in_their_places(app, client):
    assistant = script(app, "1", "2")
    first = told(respond(client, "One"))
    items = [{"role": "system", "content": "In French."}, {"role": "user", "content": "Two"}]
    told(respond(client, items, previous_response_id=first["id"], instructions="Be short."))
    assert assistant.asked[-1] == [
        ("system", "Be short."),
        ("user", "One"),
        ("assistant", "1"),
        ("system", "In French."),
        ("user", "Two"),
    ]


def test_a_stored_message_can_be_named_instead_of_sent(app, client):
    assistant = script(app, "1", "2", "3")
    first = told(respond(client, "One"))
    items = [
        {"role": "user", "content": "One"},
        {"type": "item_reference", "id": first["output"][0]["id"]},
        {"role": "user", "content": "Two"},
    ]
    second = told(respond(client, items))
    assert second["session"] == first["session"]
    assert assistant.asked[-1] == [("user", "One"), ("assistant", "1"), ("user", "Two")]
    assert told(respond(client, items, store=False))["words"] == "3"


REMOVED = r"\[This message was removed on \d{4}-\d\d-\d\d\.\]"


def strike(client, session_id, *places):
    for place in places:
        message_id = read(client, session_id)["messages"][place]["id"]
        assert client.post(f"/api/v1/messages/{message_id}/strike").status_code == 200


def heard(assistant):
    return [(role, "removed" if re.fullmatch(REMOVED, text) else text) for role, text in assistant.asked[-1]]


@pytest.mark.parametrize("place", [0, 1, 2, 3])
def test_a_chat_goes_on_by_its_last_response_after_a_message_was_removed(app, client, place):
    assistant = script(app, "1", "2", "3", "4")
    first = told(respond(client, "One"))
    second = told(respond(client, "Two", previous_response_id=first["id"]))
    strike(client, first["session"], place)
    before = contents(client, first["session"])
    third = told(respond(client, "Three", previous_response_id=second["id"]))
    assert third["session"] == first["session"]
    assert contents(client, first["session"]) == [*before, "Three", "3"]
    roles = ("user", "assistant", "user", "assistant", "user")
    said = zip(roles, [text or "removed" for text in before] + ["Three"], strict=True)
    assert heard(assistant) == list(said)
    assert told(respond(client, "Four", previous_response_id=third["id"]))["session"] == first["session"]


@pytest.mark.parametrize("places", [(0,), (1,), (0, 1)])
def test_a_branch_after_an_earlier_response_keeps_what_was_removed(app, client, places):
    assistant = script(app, "1", "2", "3")
    first = told(respond(client, "One"))
    told(respond(client, "Two", previous_response_id=first["id"]))
    strike(client, first["session"], *places)
    branch = told(respond(client, "Three", previous_response_id=first["id"]))
    assert branch["session"] != first["session"]
    begun = ["" if place in places else text for place, text in enumerate(["One", "1"])]
    assert contents(client, branch["session"]) == [*begun, "Three", "3"]
    ids = [[each["id"] for each in read(client, one["session"])["messages"]][:2] for one in (first, branch)]
    assert ids[0] == ids[1]
    assert [text for _, text in heard(assistant)] == [text or "removed" for text in begun] + ["Three"]


def test_what_is_not_stored_hears_that_a_message_was_removed(app, client):
    assistant = script(app, "1", "2")
    first = told(respond(client, "One"))
    strike(client, first["session"], 0)
    told(respond(client, "Two", previous_response_id=first["id"], store=False))
    assert heard(assistant) == [("user", "removed"), ("assistant", "1"), ("user", "Two")]


def test_a_removed_message_can_be_named_in_its_place(app, client):
    assistant = script(app, "1", "2", "3")
    first = told(respond(client, "One"))
    strike(client, first["session"], 1)
    reference = {"type": "item_reference", "id": first["output"][0]["id"]}
    second = told(respond(client, [{"role": "user", "content": "One"}, reference, {"role": "user", "content": "Two"}]))
    assert second["session"] == first["session"]
    assert heard(assistant) == [("user", "One"), ("assistant", "removed"), ("user", "Two")]
    # After another message it is not that place of the transcript.
    other = [{"role": "user", "content": "Another"}, reference, {"role": "user", "content": "Two"}]
    third = told(respond(client, other))
    assert third["session"] != first["session"]
    assert contents(client, third["session"]) == ["Another", "Two", "3"]


def test_a_response_is_read_again(app, client):
    script(app, "1")
    first = respond(client, "One").json
    again = client.get(f"{URL}/{first['id']}")
    assert again.json == first
    assert client.get(f"{URL}/{first['id']}/").json == first
    assert again.headers[HEADER] == first["metadata"]["session_id"]


def test_what_is_not_there_is_not_read(app, client):
    script(app, "1", "2")
    unstored = told(respond(client, "One", store=False))
    assert unstored["metadata"] == {}
    assert sessions(client) == []
    first = told(respond(client, "One"))
    question = read(client, first["session"])["messages"][0]
    with app.app_context():
        (theirs,) = transcript_ids(chat(stranger(), ("Hello", "Hi.")))[1:]
    for name in (
        unstored["id"],
        f"resp_{theirs}",
        f"resp_{question['id']}",
        f"resp_{NOBODY}",
        "resp_x",
        first["id"].removeprefix("resp_"),
    ):
        error(client.get(f"{URL}/{name}"), 404)
        if name.startswith("resp_") and name != f"resp_{question['id']}":
            error(respond(client, "Two", previous_response_id=name), 400, "previous_response_not_found")


def transcript_ids(session):
    from sqlalchemy import text

    from webapp.database.transaction import read_connection

    found = "SELECT message_id FROM session_messages WHERE session_id = :id ORDER BY idx"
    return read_connection().execute(text(found), {"id": session.id}).scalars().all()


def test_the_chat_is_named_by_the_header_too(app, client):
    script(app)
    session = make_session(client)
    add_turn(client, session["id"], "Hello", "Hi.")
    assert told(respond(client, "And now?", headers={HEADER: session["id"]}))["session"] == session["id"]
    first = told(respond(client, "One"))
    both = respond(client, "Two", headers={HEADER: session["id"]}, previous_response_id=first["id"])
    error(both, 400, "ambiguous", "previous_response_id")


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])
@pytest.mark.parametrize("headers", [{"Idempotency-Key": "one"}, AGAIN], ids=["key", "retry"])
def test_a_repeated_request_gets_the_same_response(app, client, headers, stream):
    assistant = script(app, "0", "So.", "Or so.")
    first = told(respond(client, "Zero"))
    following = {"previous_response_id": first["id"], "stream": stream, "metadata": {"a": "b"}}
    one, two = (respond(client, "Hello", headers=headers, **following) for _ in range(2))
    if stream:
        assert kinds(events(one)) == kinds(events(two)) == ORDER
        one, two = (events(each)[-1]["response"] for each in (one, two))
    else:
        one, two = one.json, two.json
    assert one == two
    assert len(assistant.asked) == 2
    assert len(sessions(client)) == 1


@pytest.mark.parametrize("way", [{}, {"stream": True}, {"store": False}], ids=["whole", "streamed", "unkept"])
def test_a_refusal_before_the_first_word_has_its_status(app, client, way):
    script(app, AssistantFailed("Too long.", ProviderRefusal(400, "context_length_exceeded", "Too long.", None)))
    error(respond(client, "Hello", **way), 400, "context_length_exceeded")
    assert sessions(client) == []


def test_a_refusal_after_the_first_word_is_told_by_events(app, client):
    gate = Gate(" more")
    script(app, ("Some", gate, AssistantFailed("Enough.", ProviderRefusal(429, None, "Enough.", 7.0))))
    response = respond(client, "Hello", stream=True)
    gate.opened.set()
    *_, told_error, failed = events(response)
    assert (told_error["type"], told_error["code"], told_error["message"]) == (
        "error",
        "rate_limit_exceeded",
        "Enough.",
    )
    assert (failed["type"], failed["response"]["status"]) == ("response.failed", "failed")
    assert failed["response"]["error"] == {"code": "rate_limit_exceeded", "message": "Enough."}


@pytest.mark.parametrize("by", ["previous", "reference"])
def test_a_client_that_asks_on_stops_the_response_that_it_left(make_app, by):
    app = make_app(repeat_wait=600.0)
    client = app.test_client()
    gate = Gate(" three")
    assistant = script(app, ("One two", gate), "Three.")
    response = respond(client, "Count", stream=True)
    came = b""
    pieces = iter(response.response)
    while b"One two" not in came:
        came += next(pieces)
    response.close()
    left = json.loads(came.split(b"data: ")[1].split(b"\n")[0])["response"]["id"]
    try:
        if by == "previous":
            body = told(respond(client, "Go on", previous_response_id=left))
        else:
            reference = {"type": "item_reference", "id": left.replace("resp_", "msg_")}
            items = [{"role": "user", "content": "Count"}, reference, {"role": "user", "content": "Go on"}]
            body = told(respond(client, items))
    finally:
        gate.opened.set()
    assert body["session"] == response.headers[HEADER]
    assert assistant.asked[-1] == [("user", "Count"), ("assistant", "One two"), ("user", "Go on")]


def test_a_response_whose_client_left_is_stopped(make_app):
    app = make_app(repeat_wait=0.0)
    client = app.test_client()
    gate = Gate()
    script(app, ("One two", gate))
    response = respond(client, "Count", stream=True)
    pieces = iter(response.response)
    while b"One two" not in next(pieces):
        pass
    response.close()
    session_id = response.headers[HEADER]
    try:
        eventually(lambda: [m["finish_reason"] for m in read(client, session_id)["messages"]] == [None, "stopped"])
    finally:
        gate.opened.set()


def test_a_response_that_is_being_written_is_followed(app, client):
    gate = Gate()
    assistant = script(app, "0", gate)
    first = told(respond(client, "Zero"))
    following = {"previous_response_id": first["id"]}
    one = Meanwhile(lambda: respond(app.test_client(), "One", **following))
    try:
        assert gate.reached.wait(20)
        two = Meanwhile(lambda: respond(app.test_client(), "One", headers=AGAIN, **following))
        eventually(lambda: two.is_running)
    finally:
        gate.opened.set()
    assert one.result().json == two.result().json
    assert len(assistant.asked) == 2


BAD = [
    ({"input": None}, "input", None),
    ({"input": 7}, "input", None),
    ({"input": {"role": "user", "content": "x"}}, "input", None),
    ({"input": []}, "input", "no_question"),
    ({"input": ""}, "input[0].content", "empty"),
    ({"input": ["x"]}, "input[0]", None),
    ({"input": [{"content": "x"}]}, "input[0].role", None),
    ({"input": [{"role": "human", "content": "x"}]}, "input[0].role", None),
    ({"input": [{"role": "user", "content": 7}]}, "input[0].content", None),
    ({"input": [{"role": "user", "content": [{"type": "input_image", "image_url": "x"}]}]}, "input[0].content[0]", "unsupported"),
    ({"input": [{"role": "user", "content": [{"type": "input_text", "text": 7}]}]}, "input[0].content[0].text", None),
    ({"input": [{"role": "user", "content": [{"type": ["x"]}]}]}, "input[0].content[0]", "unsupported"),
    ({"input": [{"role": "user", "content": "x"}, {"role": "assistant", "content": "y"}]}, "input", "no_question"),
    ({"input": [{"type": "function_call_output", "call_id": "1", "output": "x"}]}, "input[0]", "unsupported"),
    ({"input": [{"type": "item_reference", "id": "x"}, {"role": "user", "content": "x"}]}, "input[0].id", "item_not_found"),
    ({"input": [{"type": "item_reference", "id": f"msg_{NOBODY}"}, {"role": "user", "content": "x"}]}, "input[0].content", "item_not_found"),
    ({"input": "a\0b"}, "input[0].content", "nul"),
    ({"input": "x" * 100_001}, "input[0].content", "too_long"),
    ({"instructions": "a\0b"}, "instructions", "nul"),
    ({"instructions": ["x"]}, "instructions", None),
    ({"previous_response_id": 7}, "previous_response_id", None),
    ({"previous_response_id": "resp_x"}, "previous_response_id", "previous_response_not_found"),
    ({"temperature": "warm"}, "temperature", None),
    ({"temperature": 3}, "temperature", None),
    ({"max_output_tokens": 0}, "max_output_tokens", None),
    ({"stream": "yes"}, "stream", None),
    ({"metadata": "x"}, "metadata", None),
    ({"tools": [{"type": "web_search"}]}, "tools", "unsupported"),
    ({"text": {"format": {"type": "json_object"}}}, "text.format", "unsupported"),
    ({"text": {"format": "json"}}, "text.format", "unsupported"),
    ({"background": True}, "background", "unsupported"),
    ({"conversation": "conv_1"}, "conversation", "unsupported"),
    ({"prompt": {"id": "x"}}, "prompt", "unsupported"),
    ({"top_logprobs": 2}, "top_logprobs", "unsupported"),
    ({"model": "a\0b"}, "model", "unsupported"),
]  # fmt: skip


@pytest.mark.parametrize(("fields", "param", "code"), BAD)
@pytest.mark.parametrize("way", [{}, {"stream": True}, {"store": False}], ids=["whole", "streamed", "unkept"])
@pytest.mark.one_database("What is refused is the same on both databases.")
def test_what_cannot_be_used_is_named(app, client, fields, param, code, way):
    assistant = script(app)
    assert error(respond(client, "Hello", **way | fields), 400, code, param)["type"] == "invalid_request_error"
    assert assistant.asked == []
    assert sessions(client) == []


@pytest.mark.one_database("What is ignored is the same on both databases.")
def test_what_cannot_be_heeded_without_harm_is_ignored(app, client):
    script(app)
    fields = {
        "tools": [], "tool_choice": "auto", "parallel_tool_calls": True, "truncation": "auto", "include": ["x"],
        "reasoning": {"effort": "low"}, "text": {"format": {"type": "text"}, "verbosity": "low"}, "user": "u",
        "service_tier": "auto", "background": False, "stream_options": {"include_obfuscation": False}, "top_logprobs": 0,
        "prompt_cache_key": "x", "safety_identifier": "y", "max_tool_calls": 3, "something_new": [1],
    }  # fmt: skip
    assert told(respond(client, "Hello", **fields))["words"] == "Noted."


@pytest.mark.one_database("Nothing is stored.")
def test_too_many_messages_and_other_bodies_are_refused(make_app):
    app = make_app(max_history=3)
    client = app.test_client()
    items = [{"role": "user", "content": "x"}] * 4
    error(respond(client, items), 413, "too_many_messages", "input")
    for body in (b"[]", b"7", b"{", b""):
        error(client.post(URL, data=body, content_type="application/json"), 400)
    error(client.post(URL, data=b"x", content_type="text/plain"), 415)
    error(client.get(URL), 405)
    error(respond(client, "Hello", model="gpt-9"), 404, "model_not_found", "model")
