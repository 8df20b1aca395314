"""OpenAI's clients send a request again by themselves. It makes no second turn."""

import pytest

from tests.openai_api.asking import HEADER, Gate, Meanwhile, answered, ask, error, events, text_of
from tests.support.accounts import ALICE
from tests.support.cast import contents as contents_of
from tests.support.doors import add_turn, make_session, read, script
from tests.support.waiting import eventually
from webapp.agent.protocol import AssistantFailed
from webapp.services.live.beginning.history_lookup import REPEATED_WITHIN
from webapp.services.live.following import follow

AGAIN = {"x-stainless-retry-count": "1"}
FIRST = {"x-stainless-retry-count": "0"}


def sessions(client):
    return client.get("/api/v1/sessions?include_archived=1").json["data"]


@pytest.mark.parametrize("texts", [("Hello",), ("Hello", "Hi.", "And now?")], ids=["first", "later"])
def test_what_was_answered_before_is_answered_the_same(app, client, texts):
    assistant = script(app, "So.")
    first = answered(ask(client, *texts, headers=FIRST))
    again = answered(ask(client, *texts, headers=AGAIN))
    assert again == first
    assert len(assistant.asked) == 1
    assert len(sessions(client)) == 1


@pytest.mark.parametrize("texts", [("Hello",), ("Hello", "Hi.", "And now?")], ids=["first", "later"])
def test_what_was_answered_before_is_streamed_the_same(app, client, texts):
    assistant = script(app, "So.")
    first = answered(ask(client, *texts, headers=FIRST))
    again = ask(client, *texts, headers=AGAIN, stream=True)
    assert again.headers[HEADER] == first["session_id"]
    chunks = events(again)
    assert text_of(chunks) == "So."
    assert {chunk["id"] for chunk in chunks[:-1]} == {first["id"]}
    assert len(assistant.asked) == 1


def test_in_a_named_chat_what_was_answered_before_is_answered_the_same(app, client):
    assistant = script(app, "So.")
    headers = {HEADER: make_session(client)["id"]}
    first = answered(ask(client, "Hello", headers=headers))
    assert answered(ask(client, "Hello", headers=headers | AGAIN)) == first
    assert len(assistant.asked) == 1
    second = answered(ask(client, "Hello", "So.", "Hello", headers=headers))
    assert answered(ask(client, "Hello", "So.", "Hello", headers=headers | AGAIN)) == second
    assert len(assistant.asked) == 2


def test_asked_again_on_purpose_it_is_asked_again(app, client):
    assistant = script(app, "So.", "Or so.")
    first = answered(ask(client, "Hello", "Hi.", "And now?", headers=FIRST))
    other = answered(ask(client, "Hello", "Hi.", "And now?", headers=FIRST))
    assert (first["text"], other["text"]) == ("So.", "Or so.")
    assert len(assistant.asked) == 2


def test_what_went_on_since_was_not_sent_before(app, client):
    assistant = script(app, "So.", "More.", "Anew.")
    answered(ask(client, "Hello"))
    answered(ask(client, "Hello", "So.", "More?"))
    assert answered(ask(client, "Hello", headers=AGAIN))["text"] == "Anew."
    assert len(assistant.asked) == 3


def test_what_another_assistant_answered_was_not_sent_before(app, client):
    script(app, "So.")
    answered(ask(client, "Hello"))
    assert answered(ask(client, "Hello", model="archivist", headers=AGAIN))["model"] == "archivist"


def test_what_was_asked_long_ago_was_not_sent_before(app, client):
    from webapp.ids import utc_now

    assistant = script(app, "Today.")
    session = make_session(client)
    long_ago = (utc_now() - REPEATED_WITHIN * 1.1).isoformat()
    turn = {"user": {"content": "Hello", "create_time": long_ago}, "assistant": {"content": "Yesterday."}}
    assert client.post(f"/api/v1/sessions/{session['id']}/turns", json=turn).status_code == 201
    assert answered(ask(client, "Hello", headers=AGAIN))["text"] == "Today."
    assert len(assistant.asked) == 1


@pytest.fixture
def followers(monkeypatch):
    """Those who have begun to follow a live turn."""
    begun = []

    def noting(user, live, *args, **options):
        begun.append(live.attempt)
        return follow(user, live, *args, **options)

    for module in ("webapp.http.live_stream", "webapp.services.live.following"):
        monkeypatch.setattr(f"{module}.follow", noting)
    return begun


def follow_each_other(app, followers, headers):
    """Ask the same twice at once: the assistant is asked once, and both get its answer."""
    gate = Gate()
    assistant = script(app, gate)
    one = Meanwhile(lambda: ask(app.test_client(), "Hello", headers=headers))
    try:
        assert gate.reached.wait(20)
        two = Meanwhile(lambda: ask(app.test_client(), "Hello", headers=headers))
        eventually(lambda: len(followers) == 2)
    finally:
        gate.opened.set()
    assert answered(one.result()) == answered(two.result())
    assert len(assistant.asked) == 1


@pytest.mark.parametrize(
    ("texts", "headers"),
    [(("Hello",), AGAIN), (("Hello", "Hi.", "And now?"), AGAIN), (("Hello", "Hi.", "And now?"), FIRST)],
    ids=["first, marked", "later, marked", "later, unmarked"],
)
def test_what_is_being_answered_is_followed(app, client, followers, texts, headers):
    gate = Gate()
    assistant = script(app, gate)
    one = Meanwhile(lambda: ask(app.test_client(), *texts, headers=FIRST))
    try:
        assert gate.reached.wait(20)
        two = Meanwhile(lambda: ask(app.test_client(), *texts, headers=headers))
        three = Meanwhile(lambda: ask(app.test_client(), *texts, headers=headers, stream=True).get_data(as_text=True))
        eventually(lambda: len(followers) == 3)
    finally:
        gate.opened.set()
    assert answered(one.result()) == answered(two.result())
    assert "At last." in three.result()
    assert len(assistant.asked) == len(set(followers)) == 1
    assert len(sessions(client)) == 1


def test_what_is_being_answered_is_followed_though_another_chat_holds_the_same_and_is_newer(app, client, followers):
    gate = Gate()
    assistant = script(app, gate)
    add_turn(client, make_session(client)["id"], "Hello", "Hi.")
    one = Meanwhile(lambda: ask(app.test_client(), "Hello", "Hi.", "And now?"))
    try:
        assert gate.reached.wait(20)
        add_turn(client, make_session(client)["id"], "Hello", "Hi.")
        two = Meanwhile(lambda: ask(app.test_client(), "Hello", "Hi.", "And now?"))
        eventually(lambda: len(followers) == 2)
    finally:
        gate.opened.set()
    assert answered(one.result()) == answered(two.result())
    assert len(assistant.asked) == 1


def test_two_chats_may_begin_with_the_same_words_at_the_same_time(app, client):
    gate = Gate()
    script(app, gate, "Sooner.")
    one = Meanwhile(lambda: ask(app.test_client(), "Hello", headers=FIRST))
    try:
        assert gate.reached.wait(20)
        other = answered(ask(client, "Hello", headers=FIRST))
    finally:
        gate.opened.set()
    assert (answered(one.result())["text"], other["text"]) == ("At last.", "Sooner.")


def test_in_a_named_chat_what_is_being_answered_is_followed(app, client, followers):
    follow_each_other(app, followers, {HEADER: make_session(client)["id"]})


def test_of_a_question_that_several_wait_for_nothing_is_left_when_it_fails(app, client, followers):
    gate = Gate("")
    script(app, gate)
    texts = ("Hello", "Hi.", "And now?")
    waiting = [Meanwhile(lambda: ask(app.test_client(), *texts))]
    try:
        assert gate.reached.wait(20)
        waiting.append(Meanwhile(lambda: ask(app.test_client(), *texts)))
        eventually(lambda: len(followers) == 2)
    finally:
        gate.opened.set()
    for one in waiting:
        error(one.result(), 502)
    assert sessions(client) == []


def test_the_same_words_under_other_instructions_are_another_question(app, client):
    gate = Gate()
    assistant = script(app, gate, "Arr.")
    messages = [
        {"role": "user", "content": "Hello"},
        {"role": "assistant", "content": "Hi."},
        {"role": "user", "content": "And now?"},
    ]
    one = Meanwhile(lambda: ask(app.test_client(), messages=messages))
    try:
        assert gate.reached.wait(20)
        pirate = [{"role": "system", "content": "Be a pirate."}, *messages]
        other = answered(ask(client, messages=pirate))
    finally:
        gate.opened.set()
    assert other["text"] == "Arr."
    assert other["session_id"] != answered(one.result())["session_id"]
    assert len(assistant.asked) == 2


def test_what_failed_in_the_page_is_tried_again_under_the_instructions_that_come_now(app, client):
    assistant = script(app, AssistantFailed("Out."), "Arr.")
    session = make_session(client)
    client.post("/api/v1/chat", json={"content": "Hello", "session_id": session["id"], "stream": True}).get_data()
    messages = [{"role": "system", "content": "Be a pirate."}, {"role": "user", "content": "Hello"}]
    told = answered(ask(client, messages=messages, headers={HEADER: session["id"]}))
    assert assistant.asked[-1] == [("system", "Be a pirate."), ("user", "Hello")]
    assert told["session_id"] == session["id"]
    assert [m["content"] for m in read(client, session["id"])["messages"]] == ["Hello", "Arr."]


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])
def test_a_key_gets_the_same_answer(app, client, stream):
    assistant = script(app, "So.", "Or so.")
    headers = {"Idempotency-Key": "one"}
    for _ in range(2):
        response = ask(client, "Hello", "Hi.", "And now?", headers=headers, stream=stream)
        assert (text_of(events(response)) if stream else answered(response)["text"]) == "So."
    assert response.headers["Idempotency-Replayed"] == "true"
    assert response.headers[HEADER] == sessions(client)[0]["id"]
    assert len(assistant.asked) == 1
    assert len(sessions(client)) == 1
    other = ask(client, "Hello", "Hi.", "And now?", headers={"Idempotency-Key": "two"})
    assert answered(other)["text"] == "Or so."


def test_a_key_of_another_request_is_refused(app, client):
    script(app)
    headers = {"Idempotency-Key": "one"}
    answered(ask(client, "Hello", headers=headers))
    error(ask(client, "Something else", headers=headers), 422, "idempotency_key_reused")
    error(ask(client, "Hello", headers={"Idempotency-Key": "a key"}), 400, "format", "Idempotency-Key")


def test_a_key_whose_question_was_not_answered_asks_again(app, client):
    script(app, AssistantFailed("Out."), "So.")
    headers = {"Idempotency-Key": "one"}
    error(ask(client, "Hello", headers=headers), 502)
    assert answered(ask(client, "Hello", headers=headers))["text"] == "So."


def test_a_key_that_comes_while_its_question_is_answered_follows_it(app, client, followers):
    follow_each_other(app, followers, {"Idempotency-Key": "one"})
    with app.app_context():
        assert contents_of(ALICE, sessions(client)[0]["id"]) == ["Hello", "At last."]
