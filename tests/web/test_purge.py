"""Deleting for good: asked for on /sessions/{id}/purge."""

import pytest

from tests.support.cast import chat, kept, stranger
from tests.support.doors import NOBODY, add_turn, make_session, read


@pytest.fixture
def archived(client):
    session = make_session(client, title="Keys & doors")
    add_turn(client, session["id"])
    client.post(f"{session['html_url']}/archive")
    return session


def test_it_asks_first_and_changes_nothing(client, archived):
    page = client.get(f"{archived['html_url']}/purge")
    assert page.status_code == 200
    assert "Keys &amp; doors" in page.text
    assert "2 messages" in page.text
    assert f'method="post" action="{archived["html_url"]}/purge"' in page.text
    assert f'href="{archived["html_url"]}">Cancel' in page.text
    assert read(client, archived["id"])["message_count"] == 2


def test_then_it_is_gone_for_good(app, client, archived):
    answer = client.post(f"{archived['html_url']}/purge")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/sessions/archived?deleted=yes")
    assert "Deleted permanently." in client.get(answer.headers["Location"]).text
    assert "Deleted permanently." not in client.get("/sessions/archived").text
    assert client.get(archived["html_url"]).status_code == 404
    with app.app_context():
        assert kept() == {"conversations": 0, "messages": 0, "links": 0}


def test_what_is_in_use_is_neither_asked_about_nor_deleted(client):
    session = make_session(client)
    for method in ("GET", "POST"):
        page = client.open(f"{session['html_url']}/purge", method=method)
        assert page.status_code == 409
        assert "Archive it first" in page.text
    assert client.get(session["html_url"]).status_code == 200


def test_what_is_not_there_or_somebody_elses_is_not_found(app, client):
    with app.app_context():
        theirs = chat(stranger(), title="Bob's")
    for session_id in (NOBODY, theirs.id):
        for method in ("GET", "POST"):
            assert client.open(f"/sessions/{session_id}/purge", method=method).status_code == 404
