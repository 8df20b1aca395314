"""POST /v1/chat/completions: any client is answered, and its chat is kept."""

import pytest

from tests.openai_api.asking import HEADER, Gate, Meanwhile, answered, ask, error, said
from tests.support.cast import kept
from tests.support.doors import NOBODY, Scripted, read, script
from tests.support.scripted_assistants import Scripted as Events
from webapp.agent.protocol import AssistantFailed
from webapp.agent.values import End, Text, Usage
from webapp.services.assistants.registry import Assistants
from webapp.state import current

NOTHING = {"conversations": 0, "messages": 0, "links": 0}


def offer(app, *events):
    assistant = Events(*events)
    current(Assistants, app).add(assistant)
    return assistant


def test_a_chat_is_answered_in_the_shape_of_openai_and_kept(app, client):
    offer(app, Text("Under "), Text("the mat."), End(model="scripted-1", usage=Usage(3, 4)))
    response = ask(client, "Where is the key?")
    told = answered(response)
    session = read(client, told["session_id"])
    question, answer = session["messages"]
    assert [question["content"], answer["content"]] == ["Where is the key?", "Under the mat."]
    assert session["title"] == "Where is the key?"
    assert response.headers[HEADER] == session["id"]
    assert told["id"] == f"chatcmpl-{answer['id']}"
    assert told["model"] == answer["model"] == "scripted-1"
    assert told["choices"][0]["message"]["role"] == "assistant"
    assert told["choices"][0]["finish_reason"] == "stop"
    assert told["usage"] == {"prompt_tokens": 3, "completion_tokens": 4, "total_tokens": 7}
    assert told["metadata"] == {
        "session_id": session["id"],
        "user_message_id": question["id"],
        "assistant_message_id": answer["id"],
    }


@pytest.mark.parametrize(
    ("stored", "told"),
    [
        ("stop", "stop"),
        ("length", "length"),
        ("content_filter", "content_filter"),
        ("stopped", "stop"),
        ("eos", "stop"),
    ],
)
def test_every_finish_reason_is_one_that_clients_know(app, client, stored, told):
    offer(app, Text("So."), End(model="m", finish_reason=stored))
    completion = answered(ask(client, "Hello"))
    assert completion["choices"][0]["finish_reason"] == told
    assert read(client, completion["session_id"])["messages"][1]["finish_reason"] == stored


def test_what_nobody_counted_cost_nothing(app, client):
    script(app)
    assert answered(ask(client, "Hello"))["usage"] == {"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0}


def test_an_answer_that_is_stopped_in_the_page_is_told_as_far_as_it_came(app, client):
    gate = Gate()
    offer(app, Text("As far as this"), gate, End(model="m"))
    asking = Meanwhile(lambda: ask(app.test_client(), "Hello"))
    try:
        assert gate.reached.wait(20)
        (session,) = client.get("/api/v1/sessions").json["data"]
        assert client.post(f"/api/v1/sessions/{session['id']}/live/stop").status_code == 200
        told = answered(asking.result())
    finally:
        gate.opened.set()
    assert (told["text"], told["choices"][0]["finish_reason"]) == ("As far as this", "stop")


def test_system_messages_go_to_the_assistant_in_their_places_and_are_not_kept(app, client):
    assistant = script(app, "Arr.")
    messages = [
        {"role": "system", "content": "Be a pirate."},
        {"role": "system", "content": " "},
        *said("Hello", "Ahoy."),
        {"role": "developer", "content": [{"type": "text", "text": "Be short."}]},
        {"role": "user", "content": "And now?"},
    ]
    told = answered(ask(client, messages=messages))
    assert assistant.asked == [
        [
            ("system", "Be a pirate."),
            ("user", "Hello"),
            ("assistant", "Ahoy."),
            ("system", "Be short."),
            ("user", "And now?"),
        ]
    ]
    contents = [message["content"] for message in read(client, told["session_id"])["messages"]]
    assert contents == ["Hello", "Ahoy.", "And now?", "Arr."]


def test_a_content_in_parts_is_their_text(app, client):
    assistant = script(app)
    parts = [{"type": "text", "text": "SnapshotReader at this:"}, {"type": "text", "text": "a key"}]
    answered(ask(client, messages=[{"role": "user", "content": parts}]))
    assert assistant.asked == [[("user", "SnapshotReader at this:\n\na key")]]


def test_what_cannot_be_heeded_without_harm_is_ignored(app, client):
    script(app)
    fields = {
        "temperature": 0.2, "top_p": 1, "max_tokens": 5, "max_completion_tokens": 5, "stop": ["x"], "seed": 7,
        "presence_penalty": 0, "frequency_penalty": 0, "logit_bias": {"1": 2}, "reasoning_effort": "low", "user": "u",
        "service_tier": "auto", "n": 1, "store": True, "metadata": {"topic": "keys"}, "response_format": {"type": "text"},
        "tools": [], "tool_choice": "none", "modalities": ["text"], "logprobs": False, "something_new": {"a": [1]},
        "stream": None, "stream_options": None, "parallel_tool_calls": True,
    }  # fmt: skip
    assert answered(ask(client, "Hello", **fields))["text"] == "Noted."


def test_tools_that_must_not_be_called_do_no_harm(app, client):
    script(app)
    tools = [{"type": "function", "function": {"name": "f"}}]
    assert answered(ask(client, "Hello", tools=tools, tool_choice="none"))["text"] == "Noted."


@pytest.mark.parametrize("line", [AssistantFailed("The model is out."), RuntimeError("a secret"), "", " \n\t"])
@pytest.mark.parametrize("texts", [("Hello",), ("Hello", "Hi.", "And now?")], ids=["new", "told"])
def test_of_a_question_that_is_not_answered_nothing_is_left(app, client, line, texts):
    script(app, line)
    told = error(ask(client, *texts), 502, "provider_failed")
    assert told["type"] == "api_error"
    assert "secret" not in told["message"]
    with app.app_context():
        assert kept() == NOTHING
    assert client.get("/api/v1/sessions?include_archived=1").json["data"] == []
    assert answered(ask(client, *texts))["text"] == "Noted."


def test_a_failure_in_a_session_leaves_it_as_it_was(app, client):
    script(app, "Hi.", AssistantFailed("The model is out."))
    told = answered(ask(client, "Hello"))
    before = read(client, told["session_id"])
    assert error(ask(client, "Hello", "Hi.", "Again"), 502)["message"] == "The model is out."
    assert read(client, told["session_id"]) == before
    assert answered(ask(client, "Hello", "Hi.", "Again"))["session_id"] == told["session_id"]


def test_a_model_goes_by_its_key_or_by_its_bare_name(make_app):
    app = make_app(openai_base_url="http://127.0.0.1:9/v1", openai_models=("tiny",))
    current(Assistants, app).add(Keyed("openai:tiny"))
    client = app.test_client()
    for name in ("tiny", "openai:tiny"):
        told = answered(ask(client, "Hello", model=name))
        assert read(client, told["session_id"])["assistant"] == "openai:tiny"
    told = answered(ask(client, "Hello", model="archivist"))
    assert told["model"] == "archivist"


class Keyed(Scripted):
    def __init__(self, key):
        super().__init__()
        self.key = key


def test_without_a_model_the_usual_one_answers(app, client):
    script(app)
    assert answered(client.post("/v1/chat/completions", json={"messages": said("Hello")}))["model"] == "scripted-1"


def test_a_history_longer_than_any_other_body_may_be_is_taken(make_app):
    app = make_app(max_body_bytes=2_000, max_content_chars=200)
    script(app)
    client = app.test_client()
    texts = [f"{number} {'x' * 100}" for number in range(101)]
    told = answered(ask(client, *texts))
    assert [m["content"] for m in read(client, told["session_id"])["messages"]] == [*texts, "Noted."]
    error(ask(client, "x" * 60_000), 413)


def test_paths_that_are_not_there_are_told_in_the_same_shape(client):
    error(client.get("/v1/nothing"), 404)
    error(client.post("/v1/models"), 405)
    response = client.get("/v1/chat/completions")
    error(response, 405)
    assert "POST" in response.headers["Allow"]
    assert client.get("/v1").content_type.startswith("text/html")


def test_a_fault_of_ours_tells_nothing_of_itself(app, client, monkeypatch):
    def fail(*_args):
        raise RuntimeError("a secret")

    script(app)
    monkeypatch.setattr("webapp.openai_api.completions.read_messages", fail)
    told = error(ask(client, "Hello"), 500, "internal")
    assert told["type"] == "server_error"
    assert "secret" not in told["message"]


def test_when_no_more_replies_are_taken_on_the_client_is_told_when_to_come_back(make_app):
    app = make_app(live_turns=1)
    gate = Gate()
    script(app, gate)
    client = app.test_client()
    asking = Meanwhile(lambda: ask(app.test_client(), "Hello"))
    try:
        assert gate.reached.wait(20)
        for store in (True, False):
            response = ask(client, "Another", store=store)
            assert error(response, 503, "busy")["type"] == "server_error"
            assert response.headers["Retry-After"]
    finally:
        gate.opened.set()
    assert answered(asking.result())["text"] == "At last."


def test_a_page_of_another_site_cannot_ask(app, client):
    script(app)
    error(ask(client, "Hello", headers={"Origin": "https://elsewhere.example"}), 403)
    assert ask(client, "Hello", headers={HEADER: NOBODY}).status_code == 404
