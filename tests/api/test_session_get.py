"""GET /api/v1/sessions/{id}."""

import pytest

from tests.support.cast import chat, stranger
from tests.support.doors import NOBODY, add_turn, make_session, pointers, problem, untraced


def test_a_session_comes_with_its_messages_in_order(client):
    session = make_session(client)
    for n in range(3):
        add_turn(client, session["id"], f"Question {n}", f"Answer {n}")
    got = client.get(session["url"]).json
    assert [message["idx"] for message in got["messages"]] == [0, 1, 2, 3, 4, 5]
    assert [message["role"] for message in got["messages"]] == ["user", "assistant"] * 3
    assert [message["content"] for message in got["messages"][2:4]] == ["Question 1", "Answer 1"]
    assert got["message_count"] == 6


def test_a_long_transcript_comes_whole(client):
    session = make_session(client)
    for n in range(30):
        add_turn(client, session["id"], f"Question {n}")
    assert [m["idx"] for m in client.get(session["url"]).json["messages"]] == list(range(60))


def test_a_message_says_where_it_is_in_both_faces(client):
    session = make_session(client)
    add_turn(client, session["id"])
    message = client.get(session["url"]).json["messages"][1]
    assert client.get(message["url"]).json == message
    page, _, anchor = message["html_url"].partition("#")
    assert f'id="{anchor}"' in client.get(page).text
    assert anchor == "m-2"


@pytest.mark.parametrize("no", ["0", "false"])
def test_messages_can_be_left_out(client, no):
    session = make_session(client)
    add_turn(client, session["id"])
    got = client.get(f"{session['url']}?messages={no}")
    assert "messages" not in got.json
    assert got.json["message_count"] == 2


def test_an_id_in_capitals_is_the_same_id(client):
    session = make_session(client, title="Keys")
    assert client.get(f"/api/v1/sessions/{session['id'].upper()}").json["title"] == "Keys"


def test_an_archived_session_can_still_be_read(client):
    session = make_session(client)
    client.delete(session["url"])
    assert client.get(session["url"]).json["archived"] is True


def test_its_etag_spares_the_next_read(client):
    session = make_session(client)
    etag = client.get(session["url"]).headers["ETag"]
    again = client.get(session["url"], headers={"If-None-Match": etag})
    assert (again.status_code, again.data) == (304, b"")
    add_turn(client, session["id"])
    assert client.get(session["url"], headers={"If-None-Match": etag}).status_code == 200


def test_head_tells_the_same_without_the_body(client):
    session = make_session(client)
    got, head = client.get(session["url"]), client.head(session["url"])
    assert (head.status_code, head.data) == (200, b"")
    assert head.headers["ETag"] == got.headers["ETag"]


@pytest.mark.parametrize("bad", [NOBODY, "x", "1", NOBODY[:-1], NOBODY + "0", "%00", NOBODY.replace("-", "")])
def test_what_is_not_there_is_not_found(client, bad):
    problem(client.get(f"/api/v1/sessions/{bad}"), 404, "not-found")


def test_somebody_elses_session_is_not_found(app, client):
    with app.app_context():
        theirs = chat(stranger(), "My secret")
    told = problem(client.get(f"/api/v1/sessions/{theirs.id}"), 404, "not-found")
    assert untraced(told) == untraced(problem(client.get(f"/api/v1/sessions/{NOBODY}"), 404))


def test_other_parameters_are_refused(client):
    session = make_session(client)
    assert pointers(problem(client.get(f"{session['url']}?message=0"), 422)) == ["message"]
    assert pointers(problem(client.get(f"{session['url']}?messages=2"), 422)) == ["messages"]
