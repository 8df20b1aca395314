"""GET /v1/models: the assistants, as models."""

import pytest

from tests.openai_api.asking import ask, error
from tests.support.doors import script


def test_the_assistants_are_the_models(app, client):
    script(app)
    told = client.get("/v1/models").json
    assert told["object"] == "list"
    assert told["data"] == [
        {"id": key, "object": "model", "created": 0, "owned_by": "minutebook"} for key in ("scripted", "archivist")
    ]
    for model in told["data"]:
        assert client.get(f"/v1/models/{model['id']}").json == model


def test_a_model_behind_a_server_is_found_by_either_name(make_app):
    client = make_app(openai_base_url="http://127.0.0.1:9/v1", openai_models=("maker/tiny:1b",)).test_client()
    assert [model["id"] for model in client.get("/v1/models").json["data"]] == ["openai:maker/tiny:1b", "archivist"]
    for name in ("maker/tiny:1b", "openai:maker/tiny:1b", "maker%2Ftiny:1b"):
        assert client.get(f"/v1/models/{name}").json["id"] == "openai:maker/tiny:1b"


@pytest.mark.parametrize("name", ["gpt-4o", "openai:gpt-4o", "Archivist", "archivist "])
def test_a_model_that_is_not_there_is_told_so(app, client, name):
    assistant = script(app)
    error(client.get(f"/v1/models/{name}"), 404, "model_not_found", "model")
    told = error(ask(client, "Hello", model=name), 404, "model_not_found", "model")
    assert "/v1/models" in told["message"]
    error(ask(client, "Hello", model=name, store=False), 404, "model_not_found", "model")
    assert assistant.asked == []
