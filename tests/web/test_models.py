"""Settings → Models, as a browser without JavaScript and as htmx sees it."""

from __future__ import annotations

import re

import pytest

from tests.attacks.people import person
from tests.support.doors import add_turn, make_session
from tests.support.model_servers import serving, typed
from tests.support.people import rows
from tests.web.test_retries import drop_answer
from webapp.models import Connection

URL = "/settings/models"
PARTIAL = {"HX-Request": "true", "HX-Request-Type": "partial"}
SECRET = "sk-secret-of-grout"


@pytest.fixture
def server():
    with serving("small", "a/b:c?d%e") as running_server:
        yield running_server


def add(client, server, **more):
    answer = client.post(f"{URL}/connections", data=typed(server, do="save", **more))
    assert answer.status_code == 303, answer.text
    return answer.headers["Location"].partition("#c-")[2]


def stored(app):
    with app.app_context():
        return rows(Connection)


def test_an_empty_page_is_the_form_alone(client):
    page = client.get(URL).text
    assert page.partition('class="column"')[2].partition("</main>")[0].count("<form") == 1
    assert "Add a connection" in page
    assert 'id="models"' not in page


def test_a_preset_fills_in_name_and_address(client):
    page = client.get(f"{URL}?add=ollama").text
    assert 'value="http://localhost:11434/v1"' in page
    assert 'value="Ollama"' in page
    assert client.get(f"{URL}?add=nobody").status_code == 200


def test_a_connection_is_saved_with_its_models_and_the_page_never_has_its_key(client, server):
    connection_id = add(client, server)
    page = client.get(URL).text
    assert "<strong>Answers.</strong> 2 models, 2 shown" in page
    assert "key stored today" in page
    for address in (
        URL,
        f"{URL}?edit={connection_id}",
        f"{URL}/connections/{connection_id}/remove",
        "/sessions",
        "/account/trail",
    ):
        assert SECRET not in client.get(address).text
    assert '<optgroup label="Grout">' in client.get("/sessions").text


def test_a_test_keeps_what_was_typed_but_not_the_key_and_stores_nothing(app, client, server):
    for headers in ({}, PARTIAL):
        answer = client.post(f"{URL}/connections", data=typed(server, do="test", headers="X-A: b"), headers=headers)
        assert answer.status_code == 200
        assert "It answers." in answer.text
        assert "“<bdi>Hello!</bdi>” after" in answer.text
        assert "Save and show its models" in answer.text
        assert SECRET not in answer.text
        if not headers:
            assert f'value="{server.url}"' in answer.text
            assert "X-A: b</textarea>" in answer.text
    assert stored(app) == []


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"address": "localhost"}, "must begin with http:// or https://"),
        ({"key": "sk-se\ncret"}, "The key has a line break"),
        ({"key": "sk-sécret"}, "The key has a line break, a space, or a character that is not ASCII"),
        ({"headers": "no colon"}, "Write each header on a line of its own"),
        ({"headers": "X-A: ü"}, "is not ASCII"),
        ({"models": "x" * 301}, "visible characters"),
        ({"name": ""}, "The name is empty"),
    ],
)
@pytest.mark.parametrize("do", ["test", "save"])
@pytest.mark.one_database("What is refused is refused before the database is asked.")
def test_a_wrong_field_is_told_beside_it_and_the_rest_stays(app, client, server, wrong, sentence, do):
    for headers in ({}, PARTIAL):
        answer = client.post(f"{URL}/connections", data=typed(server, **{"do": do} | wrong), headers=headers)
        assert answer.status_code == 422
        (field,) = wrong
        told = re.search(rf'(?:id="|#)problem-{field}"[^>]*>([^<]*)<', answer.text)
        assert told
        assert sentence in told[1]
        assert "sk-s" not in answer.text
        if not headers and field != "name":
            assert 'value="Grout"' in answer.text
    assert stored(app) == []
    assert server.headers == []


def test_a_refusal_shows_status_and_words_as_text(client, server):
    server.status, server.words = 401, "<script>alert(1)</script>"
    answer = client.post(f"{URL}/connections", data=typed(server, do="test"))
    assert "It does not answer (401)" in answer.text
    assert "<script>alert" not in answer.text
    connection_id = add(client, server)
    page = client.get(URL).text
    assert "<strong>Refused the key (401)</strong>" in page
    assert "<script>alert" not in page
    server.status = 200
    assert client.post(f"{URL}/connections/{connection_id}/test").status_code == 303
    assert "<strong>Answers.</strong>" in client.get(URL).text


def test_an_edit_leaves_the_key_unless_another_is_entered(app, client, server):
    connection_id = add(client, server, headers="X-A: b")
    assert "headers X-A" in client.get(URL).text
    url = f"{URL}/connections/{connection_id}"
    sealed = stored(app)[0].sealed_key
    assert client.post(url, data=typed(server, name="Tiles", key="", do="save")).status_code == 303
    (row,) = stored(app)
    assert (row.name, row.sealed_key, row.slug) == ("Tiles", sealed, "grout")
    moved = client.post(url, data=typed("http://localhost:10/v1", key="", do="save"))
    assert moved.status_code == 422
    assert "The address has another host" in moved.text
    assert (
        client.post(url, data=typed(server, key="", drops_key="yes", drops_headers="yes", do="save")).status_code == 303
    )
    (row,) = stored(app)
    assert (row.sealed_key, row.sealed_headers) == (None, None)


def test_a_connection_is_removed_after_a_question(app, client, server):
    connection_id = add(client, server)
    question = client.get(f"{URL}/connections/{connection_id}/remove").text
    assert "its key and its\n2 models will be removed" in question
    assert client.post(f"{URL}/connections/{connection_id}/remove").status_code == 303
    assert stored(app) == []
    assert client.get(f"{URL}/connections/{connection_id}/remove").status_code == 404


def test_a_chat_of_a_removed_connection_goes_to_no_other_one_unasked(client, server):
    connection_id = add(client, server)
    session = client.post("/api/v1/sessions", json={"assistant": "grout:small"}).json
    assert "Choose…" not in client.get(session["html_url"]).text
    client.post(f"{URL}/connections/{connection_id}/remove")

    page = client.get(session["html_url"]).text
    assert "<bdi>grout:small</bdi>, which answered here, is not available any more." in page
    assert '<option value="" selected>Choose…</option>' in page
    assert "Choose…" not in client.get("/sessions").text
    for path, body in (("/api/v1/chat", {"session_id": session["id"]}), ("/chat", {"session_id": session["id"]})):
        sent = {"json": body | {"content": "Still there?"}} if "api" in path else {"data": body | {"content": "Still?"}}
        answer = client.post(path, **sent)
        assert answer.status_code == 422
        assert "Choose another assistant. It gets the whole chat." in answer.text
    chosen = client.post(
        "/api/v1/chat", json={"session_id": session["id"], "content": "And now?", "assistant": "archivist"}
    )
    assert chosen.status_code == 200


@pytest.fixture
def left(client, server):
    """A chat whose assistant was removed with the only connection."""
    connection_id = add(client, server)
    session = make_session(client, assistant="grout:small")
    add_turn(client, session["id"])
    client.post(f"{URL}/connections/{connection_id}/remove")
    return session


@pytest.mark.parametrize(
    ("has_answer", "summary"), [(True, "Regenerate with…"), (False, "Get an answer from…")], ids=["answer", "question"]
)
def test_a_chat_without_its_assistant_offers_the_one_that_is_left(app, client, left, has_answer, summary):
    if not has_answer:
        drop_answer(app, left)
    retries = f"/api/v1/sessions/{left['id']}/retries"

    page = client.get(left["html_url"]).text
    refusal = client.post(retries)

    assert f"<summary>{summary}</summary>" in page
    assert re.search('<button name="assistant" value="archivist">', page)
    assert not re.search(">(Regenerate|Get an answer|Continue)</button>", page)
    assert refusal.status_code == 422
    assert (
        'Send the key of another assistant as "assistant", such as "archivist".' in refusal.json["errors"][0]["detail"]
    )
    assert client.post(retries, json={"assistant": "archivist"}).status_code == 200


def test_the_form_asks_the_assistant_that_is_left(client, left):
    answer = client.post(f"/sessions/{left['id']}/retries", data={"assistant": "archivist", "expected_last_idx": 1})

    assert answer.status_code == 303
    assert client.get(left["url"]).json["assistant"] == "archivist"


def test_an_answer_whose_assistant_is_gone_is_not_continued(client, server):
    connection_id = add(client, server)
    session = make_session(client, assistant="grout:small")
    add_turn(client, session["id"], assistant={"content": "Half", "finish_reason": "length"})
    assert ">Continue</button>" in client.get(session["html_url"]).text
    client.post(f"{URL}/connections/{connection_id}/remove")

    assert ">Continue</button>" not in client.get(session["html_url"]).text
    refusal = client.post(f"/api/v1/sessions/{session['id']}/continuations", json={})
    assert refusal.status_code == 422
    assert refusal.json["detail"].endswith("Ask another assistant for a new answer.")


def fields_of(page):
    """Return the fields of the form of models as a browser sends it."""
    from html import unescape

    seen = [unescape(value) for value in re.findall(r'name="seen" value="([^"]*)"', page)]
    labels = [unescape(value) for value in re.findall(r'name="label" value="([^"]*)"', page)]
    shown = [unescape(tag[0]) for tag in re.findall(r'name="shown"\s+value="([^"]*)"[^>]*( checked)>', page)]
    default = re.search(r'name="default"\s+value="([^"]*)"[^>]* checked', page)
    return {"seen": seen, "label": labels, "shown": shown, "default": unescape(default[1]) if default else ""}


def test_models_are_hidden_renamed_and_made_the_default(client, server):
    add(client, server)
    sent = fields_of(client.get(URL).text)
    assert [len(sent[name]) for name in ("seen", "label", "shown")] == [2, 2, 2]
    sent["shown"] = [place for place in sent["shown"] if place.endswith("small")]
    sent["label"][[place.endswith("small") for place in sent["seen"]].index(True)] = "Tiny <1>"
    sent["default"] = "grout:small"
    assert client.post(f"{URL}/shown", data=sent).status_code == 303
    menu = client.get("/sessions").text
    assert '<option value="grout:small" selected>Tiny &lt;1&gt;</option>' in menu
    assert "a/b:c" not in menu
    sent["shown"] = []
    refused = client.post(f"{URL}/shown", data=sent)
    assert refused.status_code == 422
    assert "must be a model that is shown" in refused.text


def test_broken_forms_of_models_change_nothing(client, server):
    add(client, server)
    before = fields_of(client.get(URL).text)
    for broken in ({"seen": ["x"]}, {"seen": ["x y"], "label": ["a"]}, {"default": "no:thing"}, {"forget": "x y"}):
        assert client.post(f"{URL}/shown", data=broken).status_code in {404, 422}
    assert fields_of(client.get(URL).text) == before


def test_many_models_are_filtered_and_come_in_pages(client):
    with serving(*(f"maker/model-{number:04}" for number in range(250))) as server:
        add(client, server)
    page = client.get(URL).text
    assert page.count('name="seen"') == 100
    assert "150 more" in page
    assert client.get(f"{URL}?from=200").text.count('name="seen"') == 50
    assert client.get(f"{URL}?q=model-00+maker").text.count('name="seen"') == 100
    assert client.get(f"{URL}?q=model-0007").text.count('name="seen"') == 1
    assert "No model has these words" in client.get(f"{URL}?q=nothing").text
    assert client.get(f"{URL}?show=hidden").text.count('name="seen"') == 0
    assert client.get(f"{URL}?from=99999999999&show=x&q=%00").status_code == 200


def test_lists_are_refreshed(client, server):
    add(client, server)
    server.models.append("pulled")
    assert "All lists are read again" in client.post(f"{URL}/refresh").text
    assert "grout:pulled" in client.get("/sessions").text
    server.status = 500
    assert client.post(f"{URL}/refresh").status_code == 200
    assert "grout:pulled" in client.get("/sessions").text


def test_a_changed_secret_key_is_told(client, server, make_app):
    add(client, server)
    changed = make_app(secret_key="another secret key of thirty-two and more").test_client()
    page = changed.get(URL)
    assert page.status_code == 200
    assert "The stored keys cannot be read: the secret key has changed. Enter them again." in page.text
    failed = changed.post("/api/v1/chat", json={"content": "Hello", "assistant": "grout:small"})
    assert failed.status_code == 502
    assert "the secret key has changed" in failed.json["detail"]


def test_members_read_whom_to_ask(app, client, server):
    connection_id = add(client, server)
    asked = len(server.headers)
    with app.app_context():
        member = person("bob").client(app)
    page = member.get(URL)
    assert page.status_code == 403
    assert "Ask alice" in page.text
    for path in ("connections", f"connections/{connection_id}", f"connections/{connection_id}/test", "refresh"):
        assert member.post(f"{URL}/{path}", data=typed(server, do="test")).status_code == 403
    assert len(server.headers) == asked


def test_a_page_of_another_site_makes_the_server_ask_nothing(client, server):
    for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Origin": "http://evil.example"}):
        answer = client.post(f"{URL}/connections", data=typed(server, do="test"), headers=headers)
        assert answer.status_code == 403
    assert server.headers == []


def test_a_new_chat_begins_with_the_model_of_the_last_question(client, server):
    add(client, server)
    chosen = r'<option value="([^"]*)" selected>'
    assert re.findall(chosen, client.get("/sessions").text) == ["grout:small"]
    client.post("/chat", data={"content": "Hello", "assistant": "grout:a/b:c?d%e"})
    assert re.findall(chosen, client.get("/sessions").text) == ["grout:a/b:c?d%e"]
    client.post("/api/v1/chat", json={"content": "Hello", "assistant": "archivist"})
    assert re.findall(chosen, client.get("/sessions").text) == ["grout:a/b:c?d%e"]


def test_a_form_that_continues_after_signing_in_does_not_carry_the_key(app, client, server, guest):
    pending = guest.post(f"{URL}/connections", data=typed(server, do="save"))
    assert pending.status_code == 401
    assert 'value="Grout"' in pending.text
    assert SECRET not in pending.text
    sent = typed(server, do="save")
    del sent["api_key"]
    again = client.post(f"{URL}/connections", data=sent)
    assert again.status_code == 422
    assert "Enter the key again" in again.text
    assert stored(app) == []
