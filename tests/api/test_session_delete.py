"""DELETE /api/v1/sessions/{id}: archives; with `purge=true`, deletes what is archived for good."""

import pytest

from tests.support.cast import chat, kept, stranger
from tests.support.doors import NOBODY, add_turn, make_session, pointers, problem, read


def test_deleting_archives_and_again_changes_nothing(client):
    session = make_session(client)
    first = client.delete(session["url"])
    assert (first.status_code, first.data) == (204, b"")
    assert "Content-Type" not in first.headers
    archived = read(client, session["id"])
    assert (archived["archived"], archived["revision"]) == (True, 2)
    assert client.delete(session["url"]).status_code == 204
    assert read(client, session["id"]) == archived


def test_purging_takes_the_session_and_its_messages_for_good(app, client):
    session = make_session(client)
    add_turn(client, session["id"], "A pomegranate")
    client.delete(session["url"])
    assert client.delete(f"{session['url']}?purge=true").status_code == 204
    for address in ("", "/messages", "/messages/0"):
        problem(client.get(session["url"] + address), 404, "not-found")
    problem(client.delete(f"{session['url']}?purge=true"), 404, "not-found")
    assert client.get("/api/v1/search?q=pomegranate").json["data"] == []
    with app.app_context():
        assert kept() == {"conversations": 0, "messages": 0, "links": 0}


def test_purging_leaves_the_other_sessions_alone(client):
    gone, stays = make_session(client), make_session(client)
    add_turn(client, stays["id"], "A pomegranate")
    before = read(client, stays["id"])
    client.delete(gone["url"])
    client.delete(f"{gone['url']}?purge=true")
    assert read(client, stays["id"]) == before


def test_only_what_is_archived_can_be_purged(client):
    session = make_session(client)
    problem(client.delete(f"{session['url']}?purge=true"), 409, "not-archived")
    assert read(client, session["id"])["archived"] is False


@pytest.mark.parametrize("query", ["", "?purge=true"])
def test_what_is_not_there_or_somebody_elses_is_not_found(app, client, query):
    with app.app_context():
        theirs = chat(stranger(), "Bob's")
    for session_id in (NOBODY, theirs.id, "x"):
        problem(client.delete(f"/api/v1/sessions/{session_id}{query}"), 404, "not-found")


@pytest.mark.parametrize(
    ("query", "field"), [("purge=perhaps", "purge"), ("force=1", "force"), ("purge=1&purge=0", "purge")]
)
def test_a_parameter_that_cannot_be_used_archives_nothing(client, query, field):
    session = make_session(client)
    assert pointers(problem(client.delete(f"{session['url']}?{query}"), 422)) == [field]
    assert read(client, session["id"])["archived"] is False
