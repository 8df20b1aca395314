"""/api/v1/connections: what a form does is done here, too, and no answer has a key."""

from __future__ import annotations

import pytest

from tests.attacks.people import person
from tests.support.doors import pointers, problem
from tests.support.model_servers import form, serving
from webapp.ids import new_id

URL = "/api/v1/connections"
SECRET = "sk-secret-of-grout"


@pytest.fixture
def server():
    with serving("small", "a/b:c?d%e") as running_server:
        yield running_server


@pytest.fixture
def added(client, server):
    return client.post(URL, json=form(server)).json


def test_a_connection_is_added_once_under_a_key(client, server):
    key = {"Idempotency-Key": new_id()}
    answers = [client.post(URL, json=form(server), headers=key) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].json == answers[1].json
    assert answers[0].headers["Location"] == f"{URL}/{answers[0].json['id']}"
    listed = client.get(URL)
    assert len(listed.json["data"]) == 1
    assert SECRET not in answers[0].text + listed.text
    assert client.get(answers[0].headers["Location"]).json == answers[0].json


def test_it_is_tested_refreshed_and_its_models_answer(client, added):
    assert (added["model_count"], added["check"]) == (0, None)
    refreshed = client.post(f"{URL}/{added['id']}/refresh")
    assert refreshed.json == {"model_count": 2, "problem": ""}
    tested = client.post(f"{URL}/{added['id']}/tests").json
    assert (tested["ok"], tested["answer"], tested["streamed"]) == (True, "Hello!", True)
    assert client.get(f"{URL}/{added['id']}").json["check"]["ok"]
    chat = client.post("/api/v1/chat", json={"content": "Hi", "assistant": "grout:a/b:c?d%e"})
    assert (chat.status_code, chat.json["message"]["content"]) == (201, "Hello!")
    answered = client.post(
        "/v1/chat/completions", json={"model": "small", "messages": [{"role": "user", "content": "Hi"}]}
    )
    assert answered.json["choices"][0]["message"]["content"] == "Hello!"
    assert client.get("/v1/models/grout:a%2Fb:c%3Fd%25e").json["id"] == "grout:a/b:c?d%e"


def test_a_test_stores_nothing(client, server):
    tested = client.post(f"{URL}/tests", json=form(server))
    assert tested.json["ok"]
    assert SECRET not in tested.text
    assert client.get(URL).json["data"] == []


def test_a_change_leaves_what_is_left_out_and_null_removes_the_key(client, added, server):
    url = f"{URL}/{added['id']}"
    assert client.patch(url, json={"name": "Tiles"}).json["key_stored_at"] == added["key_stored_at"]
    client.post(f"{url}/tests")
    assert server.keys[-1] == f"Bearer {SECRET}"
    assert client.patch(url, json={"key": None}).json["has_key"] is False
    client.post(f"{url}/tests")
    assert server.keys[-1] is None
    assert client.patch(url, json={"headers": {"X-A": "b"}}).json["header_names"] == ["X-A"]
    assert client.patch(url, json={"headers": None}).json["header_names"] == []


def test_another_host_needs_the_key_again(client, added):
    url = f"{URL}/{added['id']}"
    refused = client.patch(url, json={"address": "http://localhost:10/v1"})
    assert pointers(problem(refused, 422)) == ["#/key"]
    assert client.patch(url, json={"address": "http://localhost:10/v1", "key": "sk-2"}).status_code == 200


@pytest.mark.parametrize(
    ("field", "value"),
    [("address", "x"), ("key", "a\nb"), ("key", "ä"), ("name", ""), ("headers", {"a b": "c"}), ("models", ["\n"])],
)
def test_wrong_fields_are_told_without_the_key(client, server, field, value):
    for url in (URL, f"{URL}/tests"):
        refused = client.post(url, json=form(server) | {field: value}) if field != "models" else None
        if refused is None:
            refused = client.post(url, json=form(server) | {"models": ["x" * 400]})
        assert problem(refused, 422)
        assert SECRET not in refused.text


def test_it_is_removed(client, added):
    url = f"{URL}/{added['id']}"
    assert client.delete(url).status_code == 204
    for answer in (client.get(url), client.delete(url), client.patch(url, json={}), client.post(f"{url}/tests")):
        assert answer.status_code == 404


def test_models_are_shown_hidden_renamed_named_and_made_the_default(client, added):
    url = f"{URL}/{added['id']}/models"
    client.post(f"{URL}/{added['id']}/refresh")
    page = client.get(f"{url}?limit=1").json
    assert [model["key"] for model in page["data"]] == ["grout:a/b:c?d%e"]
    following = client.get(url, query_string={"limit": 1, "cursor": page["next"]}).json
    assert ([model["model"] for model in following["data"]], following["next"]) == (["small"], None)
    renamed = client.patch(url, json={"model": "small", "label": "Tiny", "is_default": True}).json
    assert (renamed["label"], renamed["is_default"]) == ("Tiny", True)
    assert client.patch(url, json={"model": "a/b:c?d%e", "is_shown": False}).json["is_shown"] is False
    assert problem(client.patch(url, json={"model": "small", "is_shown": False}), 422)
    assert client.patch(url, json={"model": "none", "is_shown": False}).status_code == 404
    assert client.post(url, json={"model": "by hand"}).json["is_named"] is True
    listed = [(one["label"], one["connection"]) for one in client.get("/api/v1/assistants").json["data"]]
    assert listed == [("by hand", "Grout"), ("Tiny", "Grout"), ("Archivist", None)]
    assert client.delete(url, json={"model": "by hand"}).status_code == 204
    assert client.get(f"{url}?cursor=abc").status_code == 400


def test_tokens_of_others_and_tokens_that_only_read_make_the_server_ask_nothing(app, client, added, server):
    with app.app_context():
        member = person("bob").client(app)
        reader = person("carol", is_admin=True, read_only=True).client(app)
    asked = len(server.headers)
    for who, seen in ((member, 403), (reader, 200)):
        assert who.get(URL).status_code == seen
        for url in (URL, f"{URL}/tests"):
            assert who.post(url, json=form(server)).status_code == 403
        for url in (f"{URL}/{added['id']}/tests", f"{URL}/{added['id']}/refresh"):
            assert who.post(url).status_code == 403
        assert who.patch(f"{URL}/{added['id']}", json={"name": "Mine"}).status_code == 403
        assert who.delete(f"{URL}/{added['id']}").status_code == 403
    assert "Ask alice" in member.get(URL).json["detail"]
    assert len(server.headers) == asked
