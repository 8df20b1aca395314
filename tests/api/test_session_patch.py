"""PATCH /api/v1/sessions/{id}: a JSON Merge Patch (RFC 7396)."""

import pytest

from tests.support.cast import chat, stranger
from tests.support.doors import NOBODY, add_turn, make_session, pointers, problem, read


def test_what_is_given_changes_and_the_rest_stays(client):
    session = make_session(client, title="Keys", assistant="archivist")
    answer = client.patch(session["url"], json={"pinned": True})
    changed = {"pinned": True, "revision": 2, "updated_at": answer.json["updated_at"]}
    assert answer.status_code == 200
    assert answer.json == session | changed
    assert answer.json["updated_at"] > session["updated_at"]
    assert client.get(session["url"]).headers["ETag"] == answer.headers["ETag"]


@pytest.mark.parametrize("media_type", ["application/json", "application/merge-patch+json"])
def test_both_media_types_are_taken(client, media_type):
    session = make_session(client)
    answer = client.patch(session["url"], data=b'{"title": "Named"}', content_type=media_type)
    assert answer.json["title"] == "Named"
    assert answer.json["title_source"] == "user"


@pytest.mark.parametrize("nothing", [None, "", "  "])
def test_taking_the_title_back_goes_to_the_automatic_one(client, nothing):
    session = make_session(client, title="Mine")
    add_turn(client, session["id"], "Where is the spare key?")
    answer = client.patch(session["url"], json={"title": nothing})
    assert (answer.json["title"], answer.json["title_source"]) == ("Where is the spare key?", "auto")


@pytest.mark.parametrize("nothing", [None, ""])
def test_taking_the_assistant_back_goes_to_the_usual_one(client, nothing):
    session = make_session(client, assistant="archivist")
    assert client.patch(session["url"], json={"assistant": nothing}).json["assistant"] is None


def test_archiving_and_restoring(client):
    session = make_session(client)
    assert client.patch(session["url"], json={"archived": True}).json["archived"] is True
    assert client.get("/api/v1/sessions").json["data"] == []
    assert client.patch(session["url"], json={"archived": False}).json["archived"] is False
    assert len(client.get("/api/v1/sessions").json["data"]) == 1


@pytest.mark.parametrize("same", [{}, {"pinned": False}, {"title": "Keys"}, {"title": " Keys ", "archived": False}])
def test_what_is_so_already_changes_nothing(client, same):
    session = make_session(client, title="Keys")
    answer = client.patch(session["url"], json=same)
    assert answer.status_code == 200
    assert answer.json == session


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"title": "a" * 201}, "#/title"),
        ({"title": "a\0"}, "#/title"),
        ({"title": 1}, "#/title"),
        ({"pinned": None}, "#/pinned"),
        ({"pinned": "true"}, "#/pinned"),
        ({"archived": 0}, "#/archived"),
        ({"assistant": "nobody"}, "#/assistant"),
        ({"message_count": 0}, "#/message_count"),
        ({"revision": 1}, "#/revision"),
        ([], "#"),
        ("title", "#"),
    ],
)
@pytest.mark.one_database("PostgreSQL refuses more, so what comes through to it shows there.", engine="postgres")
def test_a_change_that_cannot_be_made_is_named_and_nothing_changes(client, body, pointer):
    session = make_session(client, title="Keys")
    told = problem(client.patch(session["url"], json=body), 422, "invalid")
    assert pointers(told) == [pointer]
    assert read(client, session["id"]) == session | {"messages": [], "instructions": []}


def test_of_two_changes_of_which_one_cannot_be_made_none_is(client):
    session = make_session(client, title="Keys")
    problem(client.patch(session["url"], json={"pinned": True, "assistant": "nobody"}), 422)
    assert read(client, session["id"])["pinned"] is False


def test_what_is_not_there_or_somebody_elses_is_not_found(app, client):
    with app.app_context():
        theirs = chat(stranger(), title="Bob's")
    for session_id in (NOBODY, theirs.id, "x"):
        problem(client.patch(f"/api/v1/sessions/{session_id}", json={"title": "Ours"}), 404, "not-found")
