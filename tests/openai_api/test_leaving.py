"""A client stops an answer by closing its connection. What came is kept, and its chat goes on."""

import pytest

from tests.openai_api.asking import HEADER, Gate, Meanwhile, answered, ask, error, events, text_of
from tests.support.doors import read, script
from tests.support.waiting import eventually

AGAIN = {"x-stainless-retry-count": "1"}
LONG = 600.0


def sessions(client):
    return client.get("/api/v1/sessions?include_archived=1").json["data"]


def transcript(client, session_id):
    return [(m["content"], m["finish_reason"]) for m in read(client, session_id)["messages"]]


def read_some(client, *texts, **fields):
    """Ask for a stream, read its first piece, and close the connection. Return the session's id."""
    response = ask(client, *texts, stream=True, **fields)
    assert response.status_code == 200, response.text
    assert b"data:" in next(iter(response.response))
    response.close()
    return response.headers.get(HEADER)


@pytest.fixture
def gate():
    """A gate that the answer waits at after its first piece."""
    gate = Gate(" three four.")
    yield gate
    gate.opened.set()


@pytest.fixture
def impatient(make_app):
    return make_app(repeat_wait=0.0)


@pytest.fixture
def patient(make_app):
    return make_app(repeat_wait=LONG)


def test_what_came_is_kept_and_the_chat_goes_on(impatient, gate):
    assistant = script(impatient, ("One two", gate), "Three.", "Four.")
    client = impatient.test_client()
    session_id = read_some(client, "Count")
    eventually(lambda: transcript(client, session_id) == [("Count", None), ("One two", "stopped")])
    assert answered(ask(client, "Count", "One two", "Go on"))["session_id"] == session_id
    # It is found also by what the client read of it, now and later.
    assert answered(ask(client, "Count", "One two", "Go on", "Three.", "And on"))["session_id"] == session_id
    assert [content for _, content in assistant.asked[-1]] == ["Count", "One two", "Go on", "Three.", "And on"]


@pytest.mark.parametrize("part", ["One", "One t", " One two ", ""], ids=["word", "half", "stripped", "nothing"])
def test_a_part_of_what_was_kept_finds_the_chat_in_every_later_turn(impatient, gate, part):
    assistant = script(impatient, ("\n\nOne two three", gate), "Three.", ("Four", gate), "Five.", "Six.")
    client = impatient.test_client()
    session_id = read_some(client, "Count")
    eventually(lambda: len(transcript(client, session_id)) == 2)
    history = ["Count", part, "Go on"]
    assert answered(ask(client, *history))["session_id"] == session_id
    history += ["Three.", "And on"]
    assert read_some(client, *history) == session_id
    eventually(lambda: len(transcript(client, session_id)) == 6)
    history += ["Fo", "Once more"]
    assert answered(ask(client, *history))["session_id"] == session_id
    assert answered(ask(client, *history, "Five.", "Last"))["session_id"] == session_id
    whole = ["Count", "\n\nOne two three", "Go on", "Three.", "And on", "Four", "Once more", "Five.", "Last", "Six."]
    assert [content for content, _ in transcript(client, session_id)] == whole
    assert [content for _, content in assistant.asked[-1]] == whole[:-1]
    assert len(sessions(client)) == 1


@pytest.mark.parametrize("part", ["One two", "One", ""], ids=["all", "some", "nothing"])
def test_a_client_that_asks_on_at_once_stops_what_is_still_written(patient, gate, part):
    script(patient, "0", ("One two", gate), "Three.")
    client = patient.test_client()
    answered(ask(client, "Zero"))
    session_id = read_some(client, "Zero", "0", "Count")
    told = answered(ask(client, "Zero", "0", "Count", part, "Go on"))
    assert told["session_id"] == session_id
    assert [content for content, _ in transcript(client, session_id)] == [
        "Zero", "0", "Count", "One two", "Go on", "Three.",
    ]  # fmt: skip
    assert transcript(client, session_id)[3] == ("One two", "stopped")


def test_another_answer_is_not_stopped_by_it(patient, gate):
    script(patient, ("One two", gate), "Two.", "Three.")
    client = patient.test_client()
    session_id = read_some(client, "Count")
    told = [answered(ask(client, "Count", "1, 2", "Go on")), answered(ask(client, "Else", "One", "Go on"))]
    assert session_id not in {each["session_id"] for each in told}
    assert client.get(f"/api/v1/sessions/{session_id}/live").status_code == 200


def test_an_answer_that_came_to_its_end_before_the_wait_was_over_is_kept_whole(patient, gate):
    script(patient, ("One two", gate), "Five.")
    client = patient.test_client()
    session_id = read_some(client, "Count")
    eventually(lambda: listeners(patient) == 0)
    gate.opened.set()
    eventually(lambda: transcript(client, session_id) == [("Count", None), ("One two three four.", "stop")])
    assert answered(ask(client, "Count", "One", "Go on"))["session_id"] == session_id


def test_a_part_of_an_answer_that_was_read_to_its_end_is_another_history(patient):
    script(patient, "One two three.", "Four.")
    client = patient.test_client()
    told = answered(ask(client, "Count"))
    other = answered(ask(client, "Count", "One two", "Go on"))
    assert other["session_id"] != told["session_id"]
    assert [content for content, _ in transcript(client, other["session_id"])] == ["Count", "One two", "Go on", "Four."]


def test_of_an_answer_that_had_no_word_nothing_is_kept(impatient):
    gate = Gate()
    script(impatient, gate, "Two.")
    client = impatient.test_client()
    whole = Meanwhile(lambda: ask(impatient.test_client(), "Count"))
    try:
        assert gate.reached.wait(20)
        # Of the same answer another connection is closed before its first word.
        (session,) = sessions(client)
        leave_now(impatient, session["id"])
        eventually(lambda: sessions(client) == [])
        told = answered(ask(client, "Count", "", "Go on"))
    finally:
        gate.opened.set()
    error(whole.result(), 409)
    assert [content for content, _ in transcript(client, told["session_id"])] == ["Count", "Go on", "Two."]


@pytest.mark.parametrize("headers", [{"Idempotency-Key": "one"}, AGAIN], ids=["key", "retry"])
def test_a_repeat_within_the_wait_gets_the_whole_answer(patient, gate, headers):
    assistant = script(patient, "0", ("One two", gate))
    client = patient.test_client()
    answered(ask(client, "Zero"))
    history = ("Zero", "0", "Count")
    session_id = read_some(client, *history, headers=headers)
    eventually(lambda: listeners(patient) == 0)
    again = Meanwhile(lambda: ask(patient.test_client(), *history, headers=headers, stream=True).get_data(as_text=True))
    eventually(lambda: listeners(patient) == 1)
    assert gone_at(patient) is None
    gate.opened.set()
    assert " three four." in again.result()
    assert len(assistant.asked) == 2
    assert transcript(client, session_id)[-1] == ("One two three four.", "stop")


def test_one_of_two_that_leaves_stops_nothing(impatient, gate):
    script(impatient, "0", ("One two", gate))
    client = impatient.test_client()
    answered(ask(client, "Zero"))
    history = ("Zero", "0", "Count")
    stays = ask(client, *history, stream=True)
    pieces = iter(stays.response)
    next(pieces)
    read_some(client, *history)
    eventually(lambda: listeners(impatient) == 1)
    gate.opened.set()
    assert b" three four." in b"".join(pieces)
    stays.close()


@pytest.mark.parametrize("headers", [{"Idempotency-Key": "one"}, AGAIN], ids=["key", "retry"])
def test_a_repeat_after_the_wait_is_not_given_a_part_for_the_whole(impatient, gate, headers):
    assistant = script(impatient, ("One two", gate), "One two three four.")
    client = impatient.test_client()
    session_id = read_some(client, "Count", headers=headers)
    eventually(lambda: len(transcript(client, session_id)) == 2)
    response = ask(client, "Count", headers=headers)
    assert answered(response)["text"] == "One two three four."
    assert len(assistant.asked) == 2


def test_without_store_it_is_cut_at_once(patient, gate):
    script(patient, ("One two", gate))
    client = patient.test_client()
    read_some(client, "Count", store=False)
    assert text_of(events(ask(client, "Count", stream=True, store=False))) == "Noted."
    assert sessions(client) == []


@pytest.mark.parametrize("way", ["json", "retried"])
def test_a_page_that_closes_stops_nothing(impatient, gate, way):
    script(impatient, ("One two", gate))
    client = impatient.test_client()
    response = client.post("/api/v1/chat", json={"content": "Count", "stream": True})
    next(iter(response.response))
    response.close()
    (session,) = sessions(client)
    if way == "retried":
        # A client that repeats the page's question follows it, and stops nothing either.
        read_some(client, "Count", headers={HEADER: session["id"]})
    assert listeners(impatient) is None
    gate.opened.set()
    eventually(lambda: transcript(client, session["id"])[-1:] == [("One two three four.", "stop")])


def live_row(app):
    from sqlalchemy import text

    from webapp.database.transaction import leave_transaction, read_connection

    with app.app_context():
        row = read_connection().execute(text("SELECT listeners, gone_at FROM live_turns")).one()
        leave_transaction()
    return row


def listeners(app):
    return live_row(app).listeners


def gone_at(app):
    return live_row(app).gone_at


def leave_now(app, session_id):
    from tests.support.accounts import ALICE
    from webapp.services.live import get_live_turn
    from webapp.services.live.listeners import detach_listener

    with app.app_context():
        detach_listener(get_live_turn(ALICE, session_id))
