"""POST /api/v1/sessions."""

import pytest

from tests.support.doors import add_turn, make_session, pointers, problem, read

URL = "/api/v1/sessions"


def test_an_empty_body_makes_an_untitled_empty_session(client):
    answer = client.post(URL, json={})
    session = answer.json
    assert answer.status_code == 201
    assert session["title"] == "New chat"
    assert session["title_source"] == "auto"
    assert (session["pinned"], session["archived"], session["assistant"]) == (False, False, None)
    assert (session["message_count"], session["revision"]) == (0, 1)
    assert session["created_at"] == session["updated_at"] == session["last_activity_at"]
    assert session["created_at"].endswith("Z")


def test_the_answer_says_where_the_session_is_and_what_its_etag_is(client):
    answer = client.post(URL, json={"title": "Kitchen tiles"})
    assert answer.headers["Location"] == answer.json["url"]
    got = client.get(answer.headers["Location"])
    assert got.headers["ETag"] == answer.headers["ETag"]
    assert got.json == answer.json | {"messages": [], "instructions": []}


def test_what_was_given_is_kept(client):
    session = make_session(client, title="  Kitchen \n tiles ", pinned=True, assistant="archivist")
    assert session["title"] == "Kitchen tiles"
    assert session["title_source"] == "user"
    assert (session["pinned"], session["assistant"]) == (True, "archivist")


@pytest.mark.parametrize("title", [None, "", "   ", "\n"])
def test_without_a_title_it_is_named_after_what_is_said_first(client, title):
    session = make_session(client, title=title)
    add_turn(client, session["id"], "# Where is the spare key?\nI forgot.")
    assert read(client, session["id"])["title"] == "Where is the spare key?"


def test_a_title_survives_the_first_turn(client):
    session = make_session(client, title="Keys")
    add_turn(client, session["id"], "Where is the spare key?")
    assert read(client, session["id"])["title"] == "Keys"


def test_each_session_has_a_conversation_of_its_own(client):
    one, two = make_session(client), make_session(client)
    assert one["id"] != two["id"]
    assert one["conversation_id"] != two["conversation_id"]


def test_a_title_may_be_two_hundred_characters_and_no_more(client):
    assert make_session(client, title="ü" * 200)["title"] == "ü" * 200
    told = problem(client.post(URL, json={"title": "ü" * 201}), 422, "invalid")
    assert pointers(told) == ["#/title"]
    assert "200" in told["detail"]
    assert len(client.get(URL).json["data"]) == 1


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"title": 5}, "#/title"),
        ({"title": "a\0b"}, "#/title"),
        ({"pinned": "yes"}, "#/pinned"),
        ({"pinned": None}, "#/pinned"),
        ({"pinned": 1}, "#/pinned"),
        ({"assistant": "nobody"}, "#/assistant"),
        ({"assistant": ["archivist"]}, "#/assistant"),
        ({"archived": True}, "#/archived"),
        ({"id": "mine"}, "#/id"),
        ({"a/b~c": 1}, "#/a~1b~0c"),
        ([], "#"),
    ],
)
@pytest.mark.one_database("PostgreSQL refuses more, so what comes through to it shows there.", engine="postgres")
def test_a_field_that_cannot_be_used_is_named_and_nothing_is_made(client, body, pointer):
    assert pointers(problem(client.post(URL, json=body), 422, "invalid")) == [pointer]
    assert client.get(URL).json["data"] == []


def test_everything_wrong_is_told_at_once(client):
    told = problem(client.post(URL, json={"title": 5, "pinned": "no", "colour": "red"}), 422)
    assert sorted(pointers(told)) == ["#/colour", "#/pinned", "#/title"]


def test_parameters_are_not_taken(client):
    assert pointers(problem(client.post(f"{URL}?title=x", json={}), 422)) == ["title"]
