"""Exports of one chat, of several, and of everything, as a program downloads them."""

import io
import json
import zipfile

import pytest

from tests.support.accounts import ALICE
from tests.support.cast import chat
from webapp.ids import new_id


@pytest.fixture
def session_id(app):
    with app.app_context():
        return chat(
            ALICE, ("Where is the *key*?", "Under the **mat**.\n\n[here](/search)"), title="Keys/ and: doors"
        ).id


def test_a_chat_as_json_has_all_facts(client, session_id):
    answer = client.get(f"/api/v1/sessions/{session_id}/export?format=json")
    document = answer.json
    assert answer.headers["Content-Disposition"].endswith("Keys%20and%20doors.json")
    assert document["format"] == "minutebook-session/1"
    assert [message["content"][:5] for message in document["messages"]] == ["Where", "Under"]
    assert {"idx", "id", "role", "create_time", "digest", "seq", "files", "instructions"} <= document["messages"][
        0
    ].keys()


def test_a_chat_as_markdown_has_front_matter_and_anchors(client, session_id):
    text = client.get(f"/api/v1/sessions/{session_id}/export?format=markdown").text
    assert text.startswith('---\ntitle: "Keys/ and: doors"\n')
    assert '<a id="m-2"></a>' in text
    assert "Under the **mat**." in text


def test_a_chat_as_html_is_one_page_that_loads_nothing(client, session_id):
    text = client.get(f"/api/v1/sessions/{session_id}/export?format=html").text
    assert "<strong>mat</strong>" in text
    assert "Where is the *key*?" in text
    for loading in ("<script", "<link", "http://", "https://", 'href="/', "@import"):
        assert loading not in text, loading


def test_several_chats_are_a_zip(app, client, session_id):
    with app.app_context():
        other = chat(ALICE, "Hm?", title="Keys/ and: doors").id
    query = f"sessions={session_id},{other},{new_id()}&format=markdown"
    answer = client.get(f"/api/v1/sessions/export?{query}")
    names = zipfile.ZipFile(io.BytesIO(answer.data)).namelist()
    assert len(names) == 2
    assert names[1].endswith("Keys and doors (2).md")


def test_everything_is_a_zip_whose_manifest_fits(client, session_id):
    archive = zipfile.ZipFile(io.BytesIO(client.get("/api/v1/export").data))
    manifest = json.loads(archive.read("manifest.json"))
    assert archive.namelist()[-1] == "manifest.json"
    assert manifest["counts"]["messages"] == 2
    assert session_id in manifest["transcripts"]
    assert [each["name"] for each in manifest["members"]] == archive.namelist()[:-1]
    kinds = [event["kind"] for event in client.get("/api/v1/account/events").json["data"]]
    assert "exported" in kinds


@pytest.mark.parametrize(
    "address", ["sessions/{}/export", "sessions/{}/export?format=html", "sessions/export?sessions={}"]
)
def test_what_is_not_there_is_not_found(app, session_id, address):
    client = app.test_client()
    assert client.get(f"/api/v1/{address.format(new_id())}").status_code == 404


def test_an_unknown_format_is_refused(client, session_id):
    assert client.get(f"/api/v1/sessions/{session_id}/export?format=pdf").status_code == 422
    assert client.get(f"/sessions/{session_id}/export?format=pdf").status_code == 422
    assert client.get("/sessions/export").status_code == 422
