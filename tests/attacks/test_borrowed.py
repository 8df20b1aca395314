"""What Bob got hold of that is Alice's, but for her secrets, is good for nothing: keys, cursors, ids, her very words."""

import json

import pytest

from tests.attacks.people import person, rows
from tests.attacks.routes import WORDS
from tests.openai_api.asking import answered, ask
from tests.support.accounts import ALICE
from tests.support.cast import chat
from tests.support.doors import add_turn, make_session, problem, script

pytestmark = pytest.mark.one_database("Who may act is decided from the same rows on both databases.")


@pytest.fixture
def bob(app):
    with app.app_context():
        return person("bob").client(app)


@pytest.fixture
def hers(app):
    """Three chats of Alice's; the last one holds a question and its answer."""
    with app.app_context():
        return [chat(ALICE, (f"{WORDS} {n}?", f"{WORDS} {n}!"), title=f"{WORDS} {n}").id for n in range(3)]


def of_alice(app):
    """Return the rows that are Alice's chats and messages."""
    with app.app_context():
        return [row for table in ("sessions", "session_messages", "messages") for row in rows()[table] if WORDS in row]


@pytest.mark.parametrize(
    ("address", "body"), [("/api/v1/chat", {"content": "Hi"}), ("/api/v1/sessions", {"title": "Hi"})]
)
def test_her_key_brings_bob_an_answer_of_his_own(app, client, bob, address, body):
    script(app)
    key = {"Idempotency-Key": "a-key-that-she-used"}
    first, second = client.post(address, json=body, headers=key), bob.post(address, json=body, headers=key)
    assert first.status_code == second.status_code == 201
    assert "Idempotency-Replayed" not in second.headers
    assert first.headers["Location"] != second.headers["Location"]
    for somebody, answer in ((client, first), (bob, second)):
        again = somebody.post(address, json=body, headers=key)
        assert (again.headers["Idempotency-Replayed"], again.json) == ("true", answer.json)


def test_her_key_of_a_completion_does_not_either(app, client, bob):
    script(app, "For Alice.", "For Bob.")
    key = {"Idempotency-Key": "a-key-that-she-used"}
    assert answered(ask(client, "Hello", headers=key))["text"] == "For Alice."
    for _ in range(2):
        assert answered(ask(bob, "Hello", headers=key))["text"] == "For Bob."


def test_a_form_with_her_key_makes_a_chat_of_bobs(app, client, bob):
    script(app, "For Alice.", "For Bob.")
    form = {"content": "Hello", "expected_last_idx": "-1", "key": "01890000-0000-7000-8000-00000000000e"}
    places = [somebody.post("/chat", data=form).headers["Location"] for somebody in (client, bob)]
    assert places[0] != places[1]
    assert "For Bob." in bob.get(places[1]).text
    assert bob.get(places[0]).status_code == 404


def test_a_key_that_she_is_using_does_not_keep_bob_waiting(app, client, bob):
    key = {"Idempotency-Key": "a-key-that-she-uses"}
    kept = []

    def meanwhile():
        kept.append(bob.post("/api/v1/chat", json={"content": "Hello"}, headers=key).status_code)
        return "Done."

    script(app, meanwhile, "For Bob.")
    assert client.post("/api/v1/chat", json={"content": "Hello"}, headers=key).status_code == 201
    assert kept == [201]


def test_her_cursors_lead_bob_only_through_his_own(app, client, bob, hers):
    own = make_session(bob, title="his own")["id"]
    for _ in range(3):
        add_turn(bob, own, "mine", "his")
    queries = ("sessions?limit=1", f"search?limit=1&q={WORDS.split()[0]}", "account/events?limit=1")
    for query in queries:
        # Something happens to Alice, so that her trail has a second page, too.
        client.get("/api/v1/account", environ_overrides={"REMOTE_ADDR": f"192.0.2.{len(query)}"})
        client.get("/api/v1/account", environ_overrides={"REMOTE_ADDR": f"192.0.2.{len(query) + 100}"})
        cursor = client.get(f"/api/v1/{query}").json["next"]
        assert cursor, query
        answer = bob.get(f"/api/v1/{query}&cursor={cursor}")
        assert answer.status_code == 200
        assert WORDS not in answer.text
        assert "tests" not in answer.text
        assert {chat["id"] for chat in answer.json["data"] if "title" in chat} <= {own}


def test_a_cursor_of_her_messages_fits_no_chat_of_bobs(client, bob, hers):
    own = make_session(bob)["id"]
    add_turn(bob, own, "mine", "his")
    cursor = client.get(f"/api/v1/sessions/{hers[0]}/messages?limit=1").json["next"]
    assert cursor
    problem(bob.get(f"/api/v1/sessions/{own}/messages?cursor={cursor}"), 400)
    problem(bob.get(f"/api/v1/sessions/{hers[0]}/messages?cursor={cursor}"), 404)


def test_the_id_of_her_answer_continues_no_stream_of_bobs(client, bob, hers):
    own = make_session(bob)["id"]
    add_turn(bob, own, "mine", "his")
    hers_last = client.get(f"/api/v1/sessions/{hers[0]}").json["messages"][-1]["id"]
    for session_id in (own, hers[0]):
        answer = bob.get(f"/api/v1/sessions/{session_id}/live", headers={"Last-Event-ID": f"{hers_last}:0"})
        problem(answer, 404, "not-found")
    page = bob.get(f"/sessions/{own}/news?after=1&last={hers_last}&attempt={hers_last}&state=writing")
    assert WORDS not in page.text


def test_saying_what_she_said_word_for_word_does_not_lead_into_her_chat(app, client, bob, hers):
    script(app, "To Bob.", "To Bob again.", "To Alice.")
    before = of_alice(app)
    told = answered(ask(bob, f"{WORDS} 2?", f"{WORDS} 2!", "And then?"))
    assert told["session_id"] not in hers
    # Not even a message that says the same is shared.
    ids = [
        {message["id"] for message in somebody.get(f"/api/v1/sessions/{session_id}").json["messages"]}
        for somebody, session_id in ((bob, told["session_id"]), (client, hers[2]))
    ]
    assert ids[0].isdisjoint(ids[1])
    assert (
        ask(bob, f"{WORDS} 2?", f"{WORDS} 2!", "And then?", headers={"X-Stainless-Retry-Count": "1"}).status_code == 200
    )
    assert [row for row in of_alice(app) if row in before] == before
    # Her own words lead her to her own chat, even if somebody else has said them, too.
    assert answered(ask(client, f"{WORDS} 2?", f"{WORDS} 2!", "And then?"))["session_id"] == hers[2]


def test_her_chat_is_not_what_bobs_fork_came_from(client, bob, hers):
    answer = bob.post("/api/v1/sessions", json={"forked_from": {"session_id": hers[0], "idx": 0}})
    assert answer.status_code in {201, 422}
    assert WORDS not in json.dumps(bob.get("/api/v1/sessions").json)
    assert client.get(f"/api/v1/sessions/{hers[0]}").json["message_count"] == 2
