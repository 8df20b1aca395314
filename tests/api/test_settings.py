"""Settings of the account and of a chat, and the instructions of transcripts."""

import pytest

from tests.support.doors import NOBODY, add_turn, make_session, pointers, problem, read, script

ACCOUNT = "/api/v1/account/settings"


def of_chat(session_id):
    return f"/api/v1/sessions/{session_id}/settings"


@pytest.fixture
def session_id(client):
    return make_session(client)["id"]


def test_the_account_has_standing_instructions(client):
    assert client.get(ACCOUNT).json == {"instructions": None}
    answer = client.patch(ACCOUNT, json={"instructions": " Be brief.\n"})
    assert (answer.status_code, answer.json) == (200, {"instructions": "Be brief."})
    assert client.get(ACCOUNT).json == {"instructions": "Be brief."}
    assert client.patch(ACCOUNT, json={}).json == {"instructions": "Be brief."}
    assert client.patch(ACCOUNT, json={"instructions": None}).json == {"instructions": None}


def test_a_chat_has_instructions_and_parameters(client, session_id):
    nothing = {"session_id": session_id, "instructions": None, "temperature": None, "max_tokens": None}
    assert client.get(of_chat(session_id)).json == nothing
    everything = {"instructions": "Be brief.", "temperature": 0.2, "max_tokens": 500}
    assert client.patch(of_chat(session_id), json=everything).json == nothing | everything
    assert client.patch(of_chat(session_id), json={"temperature": None}).json["max_tokens"] == 500
    assert client.patch(of_chat(session_id), json={"max_tokens": 7.0, "temperature": 1}).json["max_tokens"] == 7


def test_conditions(client, session_id):
    for address in (ACCOUNT, of_chat(session_id)):
        tag = client.get(address).headers["ETag"]
        assert client.get(address, headers={"If-None-Match": tag}).status_code == 304
        changed = client.patch(address, json={"instructions": "One."}, headers={"If-Match": tag})
        assert changed.status_code == 200
        problem(client.patch(address, json={"instructions": "Two."}, headers={"If-Match": tag}), 412)
        problem(client.patch(address, json={"instructions": "Two."}, headers={"If-Match": f"W/{tag}"}), 412)
        assert client.get(address).json["instructions"] == "One."
        again = client.patch(address, json={"instructions": "Two."}, headers={"If-Match": changed.headers["ETag"]})
        assert again.status_code == 200
        assert client.patch(address, json={"instructions": None}, headers={"If-Match": "*"}).status_code == 200


@pytest.mark.one_database("What is refused is the same on both databases.")
@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"instructions": 7}, "#/instructions"),
        ({"instructions": "x" * 20_001}, "#/instructions"),
        ({"instructions": "a\0"}, "#/instructions"),
        ({"temperature": "warm"}, "#/temperature"),
        ({"temperature": True}, "#/temperature"),
        ({"temperature": 2.01}, "#/temperature"),
        ({"temperature": -1}, "#/temperature"),
        ({"max_tokens": 0}, "#/max_tokens"),
        ({"max_tokens": 1.5}, "#/max_tokens"),
        ({"max_tokens": "500"}, "#/max_tokens"),
        ({"max_tokens": 10**12}, "#/max_tokens"),
        ({"top_p": 1}, "#/top_p"),
    ],
)
@pytest.mark.one_database("PostgreSQL refuses more, so what comes through to it shows there.", engine="postgres")
def test_what_is_none_is_refused(client, session_id, body, pointer):
    assert pointers(problem(client.patch(of_chat(session_id), json=body), 422)) == [pointer]
    assert client.get(of_chat(session_id)).json["instructions"] is None


@pytest.mark.one_database("What is refused is the same on both databases.")
def test_other_bodies_are_refused(client, session_id):
    for address in (ACCOUNT, of_chat(session_id)):
        problem(client.patch(address, data="{", content_type="application/json"), 400)
        problem(client.patch(address, data="{}", content_type="text/plain"), 415)
        problem(client.patch(address, json=[]), 422)
    problem(client.patch(of_chat(NOBODY), json={"temperature": 1}), 404)
    problem(client.get(of_chat(NOBODY)), 404)
    problem(client.post(f"/api/v1/instructions/{NOBODY}/strike"), 404)


def test_a_transcript_tells_what_it_was_made_with(app, client):
    assistant = script(app)
    client.patch(ACCOUNT, json={"instructions": "Be brief."})
    first = client.post("/api/v1/chat", json={"content": "Hello"}).json
    session_id = first["session_id"]
    client.patch(of_chat(session_id), json={"instructions": "In verse.", "temperature": 0.2, "max_tokens": 500})
    second = client.post("/api/v1/chat", json={"content": "And now?", "session_id": session_id}).json
    assert assistant.asked[-1][:2] == [("system", "Be brief."), ("system", "In verse.")]
    assert (first["message"]["made_with"], second["message"]["made_with"]) == (
        None,
        {"temperature": 0.2, "max_tokens": 500},
    )

    session = read(client, session_id)
    told = [(one["at_idx"], one["origin"], one["content"], one["struck_at"]) for one in session["instructions"]]
    assert told == [(0, "user", "Be brief.", None), (2, "chat", "In verse.", None)]
    messages = f"/api/v1/sessions/{session_id}/messages"
    assert client.get(f"{messages}?limit=2").json["instructions"] == session["instructions"][:1]
    assert client.get(f"{messages}?after_idx=1").json["instructions"] == session["instructions"][1:]
    assert client.get(f"{messages}/3").json["made_with"] == {"temperature": 0.2, "max_tokens": 500}


def test_the_revision_rises_with_a_change_and_a_strike(app, client):
    script(app)
    client.patch(ACCOUNT, json={"instructions": "Be brief."})
    session_id = client.post("/api/v1/chat", json={"content": "Hello"}).json["session_id"]
    before = read(client, session_id)
    text_id = before["instructions"][0]["text_id"]
    answer = client.post(f"/api/v1/instructions/{text_id}/strike")
    assert (answer.status_code, answer.json["text_id"]) == (200, text_id)
    after = read(client, session_id)
    assert after["revision"] == before["revision"] + 1
    assert after["instructions"] == [
        before["instructions"][0] | {"content": "", "struck_at": after["instructions"][0]["struck_at"]}
    ]
    assert after["instructions"][0]["struck_at"]
    assert client.get(ACCOUNT).json == {"instructions": None}


def test_turns_that_are_sent_whole_say_nothing_of_them(client, session_id):
    client.patch(ACCOUNT, json={"instructions": "Be brief."})
    add_turn(client, session_id)
    assert read(client, session_id)["instructions"] == []
