"""A link to a message goes by its id, and finds it wherever it stands now."""

import json

import pytest
from sqlalchemy import text

from tests.support.accounts import ALICE
from tests.support.cast import chat, stranger
from tests.support.doors import NOBODY, add_turn, make_session, problem, read, script
from webapp.database.engine import db
from webapp.database.transaction import read_connection
from webapp.services.transcripts.reading import read_transcript
from webapp.urls import minute_path


@pytest.fixture
def session(app, client):
    script(app)
    session = make_session(client, title="Keys")
    for number in range(3):
        add_turn(client, session["id"], f"Question {number}", f"Answer {number}")
    return read(client, session["id"])


def place_of(client, message):
    """Where the page and the API say that a message is: both the same."""
    page, resource = client.get(f"/messages/{message['id']}"), client.get(f"/api/v1/messages/{message['id']}")
    assert (page.status_code, resource.status_code, resource.data) == (303, 303, b"")
    found = client.get(resource.headers["Location"]).json
    assert (found["id"], found["content"]) == (message["id"], message["content"])
    assert page.headers["Location"] == found["html_url"]
    session_id, _, idx = resource.headers["Location"].removeprefix("/api/v1/sessions/").partition("/messages/")
    return session_id, int(idx)


def fork(client, session, idx):
    return client.post(f"{session['url']}/forks", json={"idx": idx}).json


def purge(client, session):
    client.delete(session["url"])
    client.delete(f"{session['url']}?purge=true")


def test_every_message_is_found_at_its_place(client, session):
    assert [place_of(client, message) for message in session["messages"]] == [(session["id"], n) for n in range(6)]


def test_the_link_shows_the_message_in_the_page(client, session):
    message = session["messages"][3]
    shown = client.get(f"/messages/{message['id']}", follow_redirects=True)
    assert shown.status_code == 200
    assert 'id="m-4"' in shown.text


def test_after_an_edit_what_is_left_is_found_and_what_was_replaced_is_not(client, session):
    client.post(f"{session['url']}/edits", json={"idx": 2, "content": "Another question"})
    assert place_of(client, session["messages"][1]) == (session["id"], 1)
    assert client.get(f"/messages/{session['messages'][3]['id']}").status_code == 404
    problem(client.get(f"/api/v1/messages/{session['messages'][3]['id']}"), 404, "not-found")


def test_where_it_was_said_comes_first_also_when_it_is_archived(client, session):
    fork(client, session, 3)
    client.delete(session["url"])
    assert place_of(client, session["messages"][3]) == (session["id"], 3)


def test_where_that_is_gone_a_fork_is_found_one_in_use_before_an_archived_one(client, session):
    first, second, third = (fork(client, session, idx) for idx in (3, 5, 5))
    purge(client, session)
    client.delete(first["url"])
    client.delete(second["url"])
    assert place_of(client, session["messages"][3]) == (third["id"], 3)
    purge(client, third)
    assert place_of(client, session["messages"][5]) == (second["id"], 5)
    purge(client, second)
    assert place_of(client, session["messages"][3]) == (first["id"], 3)
    purge(client, first)
    missing = client.get(f"/messages/{session['messages'][3]['id']}")
    assert (missing.status_code, "There is no such message" in missing.text) == (404, True)


def test_somebody_elses_message_is_as_one_that_is_not_there(app, client):
    with app.app_context():
        bob = stranger()
        theirs = read_transcript(bob, chat(bob, "Secret").id).messages[0].id
    for address in ("/messages/", "/api/v1/messages/"):
        mine, none = client.get(address + theirs), client.get(address + NOBODY)
        assert (mine.status_code, none.status_code) == (404, 404)
    assert client.get("/messages/12").status_code == 404


def test_what_the_archivist_quotes_is_linked_by_its_id_and_still_found_after_an_edit(client):
    kept = client.post("/api/v1/chat", json={"content": "The dentist is on Elm Street.", "assistant": "archivist"}).json
    session = {"id": kept["session_id"], "url": kept["url"]}
    add_turn(client, session["id"], "The dentist moved to Oak Street.")
    answer = client.post("/api/v1/chat", json={"content": "Which dentist?", "assistant": "archivist"}).json
    for citation in answer["citations"]:
        assert citation["html_url"] == f"/messages/{citation['message_id']}"
        assert f"({citation['html_url']})" in answer["message"]["content"]
        assert "idx" not in citation
        assert client.get(citation["html_url"]).status_code == 303
    with client.application.app_context():
        stored = [c for c in read_connection().scalars(text("SELECT citations FROM messages")) if c]
    for citation in (json.loads(row) if isinstance(row, str) else row for row in stored):
        assert set(citation[0]) == {"session_id", "title", "message_id", "create_time", "quote"}


def test_a_citation_of_an_older_row_is_linked_by_its_id_too(app, client, session):
    cited = session["messages"][1]
    old = {
        "session_id": session["id"], "title": "Keys", "idx": 4, "message_id": cited["id"],
        "create_time": "2026-03-01T00:00:00.000000Z", "quote": "Answer 0", "html_url": minute_path(session["id"], 4),
    }  # fmt: skip
    with app.app_context():
        other = read_transcript(ALICE, chat(ALICE, "Which?").id)
    _store(app, other.messages[1].id, [old])
    (told,) = read(client, other.session.id)["messages"][1]["citations"]
    assert told["html_url"] == f"/messages/{cited['id']}"
    assert place_of(client, cited) == (session["id"], 1)


def _store(app, message_id, citations):
    """Write citations into a row as an older version left them: the database lets nobody change a message."""
    with app.app_context(), db.engine.begin() as connection:
        on_sqlite = connection.dialect.name == "sqlite"
        if on_sqlite:
            (trigger,) = connection.execute(
                text("SELECT sql FROM sqlite_master WHERE name = 'messages_are_final'")
            ).one()
            connection.exec_driver_sql("DROP TRIGGER messages_are_final")
        else:
            connection.exec_driver_sql("SET LOCAL session_replication_role = replica")
        connection.execute(
            text("UPDATE messages SET citations = :citations WHERE id = :id"),
            {"citations": json.dumps(citations), "id": message_id},
        )
        if on_sqlite:
            connection.exec_driver_sql(trigger)
