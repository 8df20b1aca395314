"""POST /api/v1/chat."""

import pytest

from tests.support.cast import chat, kept, stranger
from tests.support.doors import NOBODY, add_turn, make_session, pointers, problem, read, script
from webapp.agent.protocol import AssistantFailed

URL = "/api/v1/chat"


def test_without_a_session_one_is_made(app, client):
    script(app, "Under the mat.")
    answer = client.post(URL, json={"content": "Where is the key?"})
    chatted = answer.json
    session = read(client, chatted["session_id"])
    assert answer.status_code == 201
    assert answer.headers["Location"] == chatted["url"] == session["url"]
    assert answer.headers["ETag"] == client.get(session["url"]).headers["ETag"]
    assert session["title"] == "Where is the key?"
    assert session["assistant"] == "scripted"
    assert [m["content"] for m in session["messages"]] == ["Where is the key?", "Under the mat."]
    assert [m["id"] for m in session["messages"]] == [chatted["user_message_id"], chatted["assistant_message_id"]]
    assert chatted["message"] == session["messages"][1]
    assert chatted["conversation_id"] == session["conversation_id"]
    assert (chatted["idx"], chatted["message_count"], chatted["finish_reason"]) == (1, 2, "stop")


def test_in_a_session_the_assistant_is_given_the_whole_history(app, client):
    assistant = script(app, "Second.")
    session = make_session(client)
    add_turn(client, session["id"], "Hello", "First.")
    answer = client.post(URL, json={"content": "And then?", "session_id": session["id"], "expected_last_idx": 1})
    assert answer.status_code == 200
    assert "Location" not in answer.headers
    assert assistant.asked == [[("user", "Hello"), ("assistant", "First."), ("user", "And then?")]]
    assert [m["content"] for m in read(client, session["id"])["messages"]] == [
        "Hello",
        "First.",
        "And then?",
        "Second.",
    ]


def test_an_id_in_capitals_is_the_same_id(app, client):
    script(app)
    session = make_session(client)
    assert client.post(URL, json={"content": "Hello", "session_id": session["id"].upper()}).status_code == 200


def test_the_session_remembers_who_answered(app, client):
    script(app)
    chatted = client.post(URL, json={"content": "Hello", "assistant": "archivist"}).json
    assert read(client, chatted["session_id"])["assistant"] == "archivist"
    again = client.post(URL, json={"content": "And now?", "session_id": chatted["session_id"]}).json
    assert again["message"]["model"] == "archivist"
    other = client.post(URL, json={"content": "x", "session_id": chatted["session_id"], "assistant": "scripted"}).json
    assert other["message"]["model"] == "scripted-1"


def test_the_archivist_cites_what_was_said_and_counts_its_months(client):
    stored_turn = client.post(URL, json={"content": "Remember: the dentist is on Elm Street."}).json
    answer = client.post(URL, json={"content": "Where is my dentist?"}).json
    (citation,) = answer["citations"]
    assert citation["session_id"] == stored_turn["session_id"]
    assert citation["message_id"] == stored_turn["user_message_id"]
    assert "Elm Street" in citation["quote"]
    assert sum(month["count"] for month in answer["histogram"]) >= 1
    assert client.get(citation["html_url"], follow_redirects=True).status_code == 200
    assert read(client, answer["session_id"])["messages"][1]["citations"] == answer["citations"]


@pytest.mark.parametrize("line", [AssistantFailed("The model is out."), RuntimeError("a secret"), "", " \n\t"])
def test_an_assistant_that_fails_or_says_nothing_is_a_502_and_nothing_is_kept(app, client, line):
    script(app, line)
    told = problem(client.post(URL, json={"content": "Hello"}), 502, "provider-failed")
    assert "secret" not in told["detail"]
    with app.app_context():
        assert kept() == {"conversations": 0, "messages": 0, "links": 0}
    assert client.get("/api/v1/sessions").json["data"] == []
    assert client.post(URL, json={"content": "Hello"}).status_code == 201


def test_a_failure_leaves_the_session_as_it_was(app, client):
    script(app, AssistantFailed("The model is out."))
    session = make_session(client)
    before = read(client, session["id"])
    assert (
        problem(client.post(URL, json={"content": "x", "session_id": session["id"]}), 502)["detail"]
        == "The model is out."
    )
    assert read(client, session["id"]) == before


def test_an_answer_that_is_too_long_is_kept_up_to_the_limit_and_says_so(make_app):
    app = make_app(max_content_chars=10)
    client = app.test_client()
    script(app, "a" * 11, "a" * 10)
    ends = []
    for _ in range(2):
        answer = client.post(URL, json={"content": "Hello"})
        assert answer.status_code == 201
        ends.append((answer.json["message"]["content"], answer.json["finish_reason"]))
    assert ends[0] == ("a" * 10, "too_long")
    assert ends[1][1] != "too_long"


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "#/content"),
        ({"content": ""}, "#/content"),
        ({"content": "\r\n \t"}, "#/content"),
        ({"content": "a\0b"}, "#/content"),
        ({"content": "a" * 101}, "#/content"),
        ({"content": ["Hello"]}, "#/content"),
        ({"content": "Hello", "session_id": "x"}, "#/session_id"),
        ({"content": "Hello", "session_id": 7}, "#/session_id"),
        ({"content": "Hello", "assistant": "nobody"}, "#/assistant"),
        ({"content": "Hello", "expected_last_idx": -2}, "#/expected_last_idx"),
        ({"content": "Hello", "messages": []}, "#/messages"),
    ],
)
@pytest.mark.one_database("PostgreSQL refuses more, so what comes through to it shows there.", engine="postgres")
def test_what_cannot_be_asked_is_named_before_the_assistant_is_called(make_app, body, pointer):
    app = make_app(max_content_chars=100)
    assistant = script(app)
    assert pointers(problem(app.test_client().post(URL, json=body), 422, "invalid")) == [pointer]
    assert assistant.asked == []


def test_a_session_that_takes_no_turn_is_told_before_the_assistant_is_called(app, client):
    assistant = script(app)
    with app.app_context():
        theirs = chat(stranger(), "Bob's")
    archived, moved = make_session(client), make_session(client)
    client.delete(archived["url"])
    add_turn(client, moved["id"])
    for session_id, seen, status, code in (
        (NOBODY, None, 404, "not-found"),
        (theirs.id, None, 404, "not-found"),
        (archived["id"], None, 409, "archived"),
        (moved["id"], -1, 409, "stale-transcript"),
        (None, 0, 409, "stale-transcript"),
    ):
        body = {"content": "Hello", "session_id": session_id, "expected_last_idx": seen}
        problem(client.post(URL, json=body), status, code)
    assert assistant.asked == []


@pytest.mark.parametrize("form", ["{{{}}}", "urn:uuid:{}", "{} ", "({})"])
def test_other_ways_to_write_an_id_find_the_session_or_nothing(app, client, form):
    script(app)
    session = make_session(client)
    answer = client.post(URL, json={"content": "Hello", "session_id": form.format(session["id"])})
    assert answer.status_code in {200, 422}
    assert len(client.get("/api/v1/sessions").json["data"]) == 1
