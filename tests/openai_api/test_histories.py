"""Histories as clients have them: empty, missing and refused messages, and system messages in their places."""

import pytest

from tests.openai_api.asking import URL, answered, ask, error, events, said, text_of
from tests.support.doors import read, script

USER, NOW = {"role": "user", "content": "hi"}, {"role": "user", "content": "and now?"}


def contents(client, told):
    return [message["content"] for message in read(client, told["session_id"])["messages"]]


EMPTY = {
    "null": {"role": "assistant", "content": None},
    "empty": {"role": "assistant", "content": ""},
    "missing": {"role": "assistant"},
    "blank": {"role": "assistant", "content": " \n"},
    "no parts": {"role": "assistant", "content": []},
    "an empty part": {"role": "assistant", "content": [{"type": "text", "text": ""}]},
    "no tools": {"role": "assistant", "content": None, "tool_calls": [], "function_call": None, "audio": None},
    "no refusal": {"role": "assistant", "content": None, "refusal": None},
    "an empty question": {"role": "user", "content": ""},
    "a null question": {"role": "user", "content": None},
    "a question without parts": {"role": "user", "content": []},
    "no instructions": {"role": "system", "content": None},
    "empty instructions": {"role": "developer", "content": ""},
}


@pytest.mark.parametrize("empty", EMPTY.values(), ids=list(EMPTY))
@pytest.mark.parametrize("store", [True, False], ids=["kept", "unkept"])
def test_an_empty_message_is_passed_over(app, client, empty, store):
    assistant = script(app, "So.", "More.")
    messages = [USER, empty, NOW]
    told = answered(ask(client, messages=messages, store=store))
    assert assistant.asked == [[("user", "hi"), ("user", "and now?")]]
    if store:
        assert contents(client, told) == ["hi", "and now?", "So."]
        more = [*messages, {"role": "assistant", "content": "So."}, {"role": "user", "content": "More?"}]
        assert answered(ask(client, messages=more))["session_id"] == told["session_id"]


REFUSED = {
    "beside null": {"role": "assistant", "content": None, "refusal": "No."},
    "beside nothing": {"role": "assistant", "refusal": "No."},
    "beside an empty text": {"role": "assistant", "content": "", "refusal": "No."},
    "as a part": {"role": "assistant", "content": [{"type": "refusal", "refusal": "No."}]},
}


@pytest.mark.parametrize("refused", REFUSED.values(), ids=list(REFUSED))
def test_a_refusal_is_what_was_said(app, client, refused):
    assistant = script(app, "So.")
    told = answered(ask(client, messages=[USER, refused, NOW]))
    assert assistant.asked == [[("user", "hi"), ("assistant", "No."), ("user", "and now?")]]
    assert contents(client, told) == ["hi", "No.", "and now?", "So."]


def test_a_refusal_beside_a_text_is_not_added_to_it(app, client):
    assistant = script(app)
    answered(ask(client, messages=[USER, {"role": "assistant", "content": "Yes.", "refusal": "No."}, NOW]))
    assert assistant.asked == [[("user", "hi"), ("assistant", "Yes."), ("user", "and now?")]]


@pytest.mark.parametrize("store", [True, False], ids=["kept", "unkept"])
@pytest.mark.parametrize("role", ["system", "developer"])
def test_a_system_message_is_sent_where_it_stood(app, client, role, store):
    assistant = script(app)
    french = {"role": role, "content": "From here on in French"}
    answered(ask(client, messages=[*said("hi", "x"), french, NOW], store=store))
    assert assistant.asked == [
        [("user", "hi"), ("assistant", "x"), ("system", "From here on in French"), ("user", "and now?")]
    ]


def test_system_messages_stay_in_their_places_over_turns_and_empty_messages(app, client):
    assistant = script(app, "1", "2", "3")
    messages = [
        {"role": "system", "content": "A"},
        {"role": "user", "content": "One"},
    ]
    first = answered(ask(client, messages=messages))
    messages += [
        {"role": "assistant", "content": "1"},
        {"role": "system", "content": "B"},
        {"role": "user", "content": ""},
        {"role": "assistant", "content": None},
        {"role": "system", "content": "C"},
        {"role": "user", "content": "Two"},
        {"role": "system", "content": "D"},
    ]
    second = answered(ask(client, messages=messages))
    assert first["session_id"] == second["session_id"]
    assert assistant.asked[1] == [
        ("system", "A"),
        ("user", "One"),
        ("assistant", "1"),
        ("system", "B"),
        ("system", "C"),
        ("user", "Two"),
        ("system", "D"),
    ]
    assert contents(client, second) == ["One", "1", "Two", "2"]


@pytest.mark.parametrize("where", [0, 1], ids=["before", "after"])
def test_in_a_named_chat_a_system_message_before_the_question_is_before_the_chat_and_one_after_it_last(
    app, client, where
):
    assistant = script(app, "1", "2")
    told = answered(ask(client, "One"))
    messages = [{"role": "user", "content": "Two"}]
    messages.insert(where, {"role": "system", "content": "Be short."})
    answered(ask(client, messages=messages, metadata={"session_id": told["session_id"]}))
    dialogue = [("user", "One"), ("assistant", "1"), ("user", "Two")]
    dialogue.insert(0 if where == 0 else 3, ("system", "Be short."))
    assert assistant.asked[1] == dialogue


def test_a_system_message_has_the_limit_of_messages(make_app):
    app = make_app(max_content_chars=100)
    assistant = script(app)
    longest = {"role": "system", "content": "x" * 100}
    answered(ask(app.test_client(), messages=[longest, NOW]))
    assert assistant.asked == [[("system", "x" * 100), ("user", "and now?")]]
    long = {"role": "system", "content": "x" * 101}
    error(ask(app.test_client(), messages=[long, NOW]), 400, "too_long", "messages[0].content")
    error(ask(app.test_client(), messages=[longest, {"role": "user", "content": "x" * 101}]), 400, "too_long")


def test_the_archivist_looks_for_the_question_whatever_stands_after_it(client):
    messages = [NOW, {"role": "system", "content": "Be short."}]
    assert answered(ask(client, model="archivist", messages=messages))["text"]


def test_an_address_with_a_slash_at_its_end_is_the_same(app, client):
    script(app, "So.", "So.")
    body = {"model": "scripted", "messages": [USER]}
    assert answered(client.post(f"{URL}/", json=body))["text"] == "So."
    assert text_of(events(client.post(f"{URL}/", json=body | {"stream": True}))) == "So."
    assert client.get("/v1/models/").json == client.get("/v1/models").json
    assert client.get("/v1/models/scripted/").json == client.get("/v1/models/scripted").json
    error(client.get(f"{URL}/"), 405)
    error(client.get("/v1/nothing/"), 404)
