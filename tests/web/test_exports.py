"""The page saves chats and everything as files: links and a form, the same bytes as the API's."""

import re

import pytest

from tests.support.accounts import ALICE
from tests.support.cast import chat


@pytest.fixture
def session_id(app):
    with app.app_context():
        return chat(ALICE, ("Where?", "There."), title="Keys").id


def test_the_menu_of_a_chat_saves_it_in_each_form(client, session_id):
    page = client.get(f"/sessions/{session_id}").text
    links = re.findall(rf'href="(/sessions/{session_id}/export\?format=(\w+))" download', page)
    assert [form for _, form in links] == ["markdown", "html", "json", "zip"]
    for address, form in links:
        answer = client.get(address)
        assert answer.headers["Content-Disposition"].startswith("attachment; ")
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.data == client.get(f"/api/v1/sessions/{session_id}/export?format={form}").data


def test_selected_chats_are_saved_as_a_zip(client, session_id):
    answer = client.post("/sessions/changes", data={"action": "export", "session": [session_id]})
    assert answer.status_code == 303
    saved = client.get(answer.headers["Location"])
    assert (saved.status_code, saved.mimetype) == (200, "application/zip")
    htmx = {"HX-Request": "true", "HX-Request-Type": "partial"}
    answer = client.post("/sessions/changes", data={"action": "export", "session": [session_id]}, headers=htmx)
    assert answer.headers["HX-Redirect"].endswith(f"session={session_id}")


def test_nothing_selected_is_refused_with_a_sentence(client):
    answer = client.get(client.post("/sessions/changes", data={"action": "export"}).headers["Location"])
    assert answer.status_code == 422
    assert "Select at least one chat." in answer.text


def test_the_account_page_saves_everything_and_the_log_says_so(client, session_id):
    assert re.search(r'href="/account/export" download>Download everything<', client.get("/account").text)
    assert client.get("/account/export").data[:4] == b"PK\x03\x04"
    assert "All data downloaded" in client.get("/account/trail").text


def test_the_head_of_a_file_opens_no_snapshot_for_long(client, session_id):
    for _ in range(9):
        answer = client.head(f"/sessions/{session_id}/export")
        assert (answer.status_code, answer.data) == (200, b"")
    assert client.get(f"/sessions/{session_id}/export").status_code == 200
