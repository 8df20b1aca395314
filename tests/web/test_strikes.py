"""Removing the text of a message on the page, by the API and by command."""

from __future__ import annotations

import json

from tests.support.accounts import ALICE
from tests.support.cast import chat
from tests.support.doors import NOBODY, add_turn, make_session, problem, read, script

SECRET = "Quetzalfrost"


def pasted(client, said=f"It is {SECRET}"):
    session = make_session(client)
    turn = add_turn(client, session["id"], said, "I see.")
    return session["id"], turn["user_message_id"]


def test_the_page_asks_before_a_text_is_removed(client):
    session_id, message_id = pasted(client)
    page = client.get(f"/sessions/{session_id}")
    assert f'href="/messages/{message_id}/strike"' in page.text
    question = client.get(f"/messages/{message_id}/strike")
    assert question.status_code == 200
    assert SECRET in question.text
    assert f'action="/messages/{message_id}/strike"' in question.text
    assert read(client, session_id)["messages"][0]["content"] == f"It is {SECRET}"


def test_the_page_shows_the_place_of_a_removed_text(client):
    session_id, message_id = pasted(client)
    client.get(f"/sessions/{session_id}")
    answer = client.post(f"/messages/{message_id}/strike")
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/sessions/{session_id}?around=0#m-1")
    page = client.get(f"/sessions/{session_id}")
    assert SECRET not in page.text
    assert "Text removed on <time" in page.text
    assert 'id="m-1"' in page.text
    assert f'href="/messages/{message_id}/strike"' not in page.text
    assert "was removed on" in client.get(f"/messages/{message_id}/strike").text
    assert client.get(f"/sessions/{session_id}/messages/0").text == ""
    assert "<mark>" not in client.get(f"/search?q={SECRET}").text


def test_the_question_is_escaped(client):
    _, message_id = pasted(client, "<script>alert(1)</script> & more")
    assert "&lt;script&gt;alert(1)" in client.get(f"/messages/{message_id}/strike").text


def test_the_api_removes_and_says_when(client):
    session_id, message_id = pasted(client)
    before = client.get(f"/api/v1/sessions/{session_id}")
    answer = client.post(f"/api/v1/messages/{message_id}/strike")
    assert answer.status_code == 200
    assert answer.json["message_id"] == message_id
    assert answer.json["also_struck"] == []
    after = client.get(f"/api/v1/sessions/{session_id}")
    message = after.json["messages"][0]
    assert (message["content"], message["struck_at"]) == ("", answer.json["struck_at"])
    assert after.json["messages"][1]["struck_at"] is None
    assert after.headers["ETag"] != before.headers["ETag"]
    assert (
        client.get(f"/api/v1/sessions/{session_id}", headers={"If-None-Match": before.headers["ETag"]}).status_code
        == 200
    )
    assert client.post(f"/api/v1/messages/{message_id}/strike").json == answer.json | {"also_struck": []}


def test_a_repeated_request_does_not_bring_the_text_back(app, client):
    script(app, f"I repeat: {SECRET}")
    body, key = {"content": f"It is {SECRET}"}, {"Idempotency-Key": "k-1"}
    first = client.post("/api/v1/chat", json=body, headers=key)
    assert SECRET in first.text
    for name in ("user_message_id", "assistant_message_id"):
        assert client.post(f"/api/v1/messages/{first.json[name]}/strike").status_code == 200
    again = client.post("/api/v1/chat", json=body, headers=key)
    assert again.status_code == first.status_code
    assert SECRET not in again.text
    assert again.json["message"]["content"] == ""
    streamed = client.post("/api/v1/chat", json=body, headers=key | {"Accept": "text/event-stream"})
    assert SECRET not in streamed.text


def test_a_repeated_completion_does_not_bring_the_text_back(app, client):
    script(app, f"I repeat: {SECRET}")
    body = {"messages": [{"role": "user", "content": f"It is {SECRET}"}]}
    first = client.post("/v1/chat/completions", json=body, headers={"Idempotency-Key": "k-1"})
    for name in ("user_message_id", "assistant_message_id"):
        client.post(f"/api/v1/messages/{first.json['metadata'][name]}/strike")
    again = client.post("/v1/chat/completions", json=body, headers={"Idempotency-Key": "k-1"})
    assert again.status_code == 200
    assert SECRET not in json.dumps(again.json)
    unkeyed = client.post("/v1/chat/completions", json=body, headers={"X-Stainless-Retry-Count": "1"})
    assert SECRET not in unkeyed.text


def test_what_is_not_there_is_not_found(client):
    for path in (f"/messages/{NOBODY}/strike", "/messages/x/strike"):
        assert client.get(path).status_code == 404
        assert client.post(path).status_code == 404
    problem(client.post(f"/api/v1/messages/{NOBODY}/strike"), 404)


def test_the_command_removes_the_text(app, client):
    session_id, message_id = pasted(client)
    runner = app.test_cli_runner()
    assert runner.invoke(args=["messages", "strike", message_id], input="n\n").exit_code == 1
    done = runner.invoke(args=["messages", "strike", message_id.upper(), "--yes", "--user", ALICE.name])
    assert done.exit_code == 0, done.output
    assert "The text was removed on" in done.output
    shown = runner.invoke(args=["sessions", "show", session_id, "--user", ALICE.name])
    assert "(removed on " in shown.output
    assert SECRET not in shown.output
    assert runner.invoke(args=["messages", "strike", "nothing"]).exit_code == 2


def test_a_removed_text_can_be_written_anew(app, client):
    with app.app_context():
        session = chat(ALICE, f"It is {SECRET}")
    message = read(client, session.id)["messages"][0]
    client.post(f"/api/v1/messages/{message['id']}/strike")
    script(app, "Better.")
    assert client.get(f"/sessions/{session.id}/messages/0/edit").status_code == 200
    answer = client.post(f"/api/v1/sessions/{session.id}/edits", json={"idx": 0, "content": "It is a secret"})
    assert answer.status_code == 200
    assert [said["content"] for said in read(client, session.id)["messages"]] == ["It is a secret", "Better."]
