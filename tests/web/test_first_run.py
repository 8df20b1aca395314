"""The page of a new chat while no model is connected."""

import re
from html import unescape

import pytest

from tests.support.cast import chat
from tests.support.doors import fill_in, script
from webapp.agent.sentences import MODELS
from webapp.services.users import CurrentUser
from webapp.web.first_run import EXAMPLES, _listed


@pytest.fixture
def first(client):
    return client.get("/sessions").text


def headings(page):
    return [unescape(found) for found in re.findall(r"<h[23][^>]*>([^<]*)</h[23]>", page)]


def test_it_begins_with_connecting_a_model(first):
    shown = headings(first)
    assert (
        shown.index("Connect a model") < shown.index("Bring your history") < shown.index("What works without a model")
    )
    assert f'href="{MODELS}">Connect a model</a>' in first
    assert f'href="{MODELS}?add=ollama#connection-form">Ollama</a>' in first
    assert "OPENAI_BASE_URL" not in first


def test_it_stays_after_the_first_chats_until_a_model_is_connected(app, client, user):
    with app.app_context():
        chat(user, "Hello")
    assert "Connect a model" in client.get("/sessions").text
    script(app, "An answer")
    page = client.get("/sessions").text
    assert "What is on your mind?" in page
    assert "Connect a model" not in page


@pytest.mark.parametrize("example", EXAMPLES)
def test_every_example_is_a_button_that_gets_an_answer_in_an_empty_book(client, first, example):
    assert f'<button name="content" value="{example}">{example}</button>' in first
    answer = client.post("/api/v1/chat", json={"content": example}).json["message"]["content"]
    assert "nothing" not in answer
    sent = client.post("/chat", data=fill_in(client, content=example), follow_redirects=True)
    assert sent.status_code == 200


def test_the_example_of_a_note_is_kept_under_its_number_and_found(client):
    note = EXAMPLES[1]
    first = client.post("/api/v1/chat", json={"content": "Hello"}).json
    assert first["message"]["content"].startswith("Hello. I am the archivist")
    kept = client.post("/api/v1/chat", json={"content": note, "session_id": first["session_id"]}).json
    assert kept["message"]["content"] == "Kept as message 3."
    found = client.post("/api/v1/chat", json={"content": "Where is the spare key?"}).json
    assert [citation["message_id"] for citation in found["citations"]] == [kept["user_message_id"]]


def test_a_member_reads_whom_to_ask_and_has_no_button(app, client, monkeypatch):
    member = CurrentUser("00000000-0000-7000-8000-000000000001", "bob")
    monkeypatch.setattr("webapp.web.first_run.current_user", lambda: member)
    page = client.get("/sessions").text
    assert "Ask alice to connect a model" in headings(page)
    assert MODELS not in page


@pytest.mark.parametrize(
    ("names", "sentence"),
    [([], "an administrator"), (["ada"], "ada"), (["ada", "ben"], "ada or ben"), (["a", "b", "c"], "a, b or c")],
)
def test_administrators_are_listed_as_in_a_sentence(names, sentence):
    assert _listed(names) == sentence


def test_the_archivists_chats_are_a_group_after_the_days(client):
    client.post("/api/v1/chat", json={"content": "What can you do?"})
    made = client.post("/api/v1/sessions", json={"title": "Of today", "created_at": "2020-01-01T00:00:00Z"}).json
    page = client.get("/sessions").text
    assert re.findall(r'<h2 class="list-heading">([^<]*)</h2>', page) == ["January 2020", "Archivist"]
    listed = client.get("/api/v1/sessions").json["data"]
    assert [(session["title"], session["archivist_only"]) for session in listed] == [
        ("Of today", False),
        ("What can you do?", True),
    ]
    assert made["archivist_only"] is False


def test_search_leaves_the_archivist_out_until_it_is_asked_to_include_it(client):
    client.post("/api/v1/chat", json={"content": "Where is the boiler?"})
    for query, count in (("", 0), ("&include_archivist=1", 1)):
        assert client.get(f"/search?q=boiler{query}").text.count('<p class="card-text"') == count
        assert len(client.get(f"/api/v1/search?q=boiler{query}").json["data"]) == count
    page = client.get("/search?q=boiler&include_archivist=1").text
    assert 'name="include_archivist" value="1" checked>' in page
    assert 'name="include_archivist" value="1">' in client.get("/search?q=boiler").text
