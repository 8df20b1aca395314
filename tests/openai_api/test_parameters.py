"""Temperature and maximum length are passed on to the model."""

import pytest

from tests.openai_api.asking import answered, ask, error
from tests.support.doors import script
from tests.support.provider import chunk, running, streams
from webapp.agent.protocol import AssistantFailed
from webapp.agent.values import Parameters


@pytest.mark.parametrize("store", [True, False], ids=["kept", "unkept"])
@pytest.mark.parametrize(
    ("fields", "passed"),
    [
        ({"temperature": 0.2, "max_tokens": 50}, Parameters(temperature=0.2, max_tokens=50)),
        ({"max_completion_tokens": 7, "max_tokens": 50, "top_p": 0.5}, Parameters(top_p=0.5, max_tokens=7)),
        ({"temperature": 0}, Parameters(temperature=0)),
        ({"temperature": None}, None),
        ({}, None),
    ],
)
@pytest.mark.one_database("Parameters are passed on and not stored.")
def test_the_assistant_gets_them(app, client, fields, passed, store):
    assistant = script(app)
    answered(ask(client, "Hello", store=store, **fields))
    assert assistant.parameters == [passed]


def test_a_response_passes_them_on_too(app, client):
    assistant = script(app)
    body = {"model": "scripted", "input": "Hello", "temperature": 0.2, "max_output_tokens": 50, "top_p": 1}
    assert client.post("/v1/responses", json=body).status_code == 200
    assert assistant.parameters == [Parameters(temperature=0.2, top_p=1, max_tokens=50)]


def test_a_second_try_has_those_of_its_own_request(app, client):
    assistant = script(app, AssistantFailed("Out."))
    ask(client, "Hello", temperature=0.2)
    answered(ask(client, "Hello", temperature=0.3))
    assert assistant.parameters == [Parameters(temperature=0.2), Parameters(temperature=0.3)]


@pytest.mark.one_database("The provider is asked the same by both.")
def test_the_provider_gets_them(make_app):
    with running(streams(chunk("So."), chunk(finish="stop"), b"data: [DONE]\n\n")) as provider:
        client = make_app(openai_base_url=provider.url, openai_models=("grout-7b",)).test_client()
        answered(ask(client, "Hello", model="grout-7b", temperature=0.2, max_completion_tokens=50))
        answered(ask(client, "Hello", model="grout-7b"))
    first, second = provider.asked
    assert (first["temperature"], first["max_tokens"]) == (0.2, 50)
    assert not {"temperature", "top_p", "max_tokens"} & set(second)


@pytest.mark.one_database("What is refused is the same on both databases.")
@pytest.mark.parametrize(
    "fields", [{"temperature": 3}, {"temperature": "warm"}, {"top_p": 2}, {"max_tokens": 0}, {"max_tokens": 1.5}]
)
def test_what_is_none_is_refused(app, client, fields):
    assistant = script(app)
    error(ask(client, "Hello", **fields), 400, param=next(iter(fields)))
    assert assistant.asked == []
