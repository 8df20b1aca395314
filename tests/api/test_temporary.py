"""A temporary chat over the API: the client carries the turns, and a session can begin with them."""

from functools import partial

import pytest

from tests.support.accounts import ALICE, TOKEN_ID
from tests.support.carried import ago
from tests.support.doors import make_session, pointers, problem, script
from tests.support.events import events_of, names, text_of
from tests.support.rows import count_rows
from tests.support.scripted_assistants import heeding
from webapp.agent.protocol import AssistantFailed
from webapp.agent.values import End, ProviderRefusal, Reasoning, Rethought, Usage
from webapp.api.schemas.temporary import TEMPORARY_EVENTS
from webapp.http import permission
from webapp.ids import new_id
from webapp.services.accounts.status import set_disabled
from webapp.services.accounts.tokens import revoke_token

URL = "/api/v1/temporary"
SESSIONS = "/api/v1/sessions"
OUT = AssistantFailed("The model is out.", ProviderRefusal(429, "slow", "Too fast", 7.0))


@pytest.fixture
def rows(app):
    return partial(count_rows, app)


def turn(user="a", assistant="b", at=None, **facts):
    times = {"create_time": at} if at else {}
    return {"user": {"content": user, **times}, "assistant": {"content": assistant, **times, **facts}}


def ask(client, content="Well?", *turns, **more):
    return client.post(URL, json={"content": content, "turns": list(turns), **more})


def test_each_turn_is_sent_back_with_the_next_question(app, client, rows):
    end = End(model="m", finish_reason="length", usage=Usage(3, 4))
    assistant = script(app, (Reasoning("Hm."), "One", end), "Two")
    before = rows()
    first = ask(client, "Count")
    assert first.status_code == 200
    assert first.json["usage"] == {"input_tokens": 3, "output_tokens": 4}
    answer = first.json["turn"]["assistant"]
    assert (answer["content"], answer["model"], answer["finish_reason"]) == ("One", "m", "length")
    assert (answer["reasoning"], first.json["turn"]["user"]["content"]) == ("Hm.", "Count")
    second = ask(client, "On", first.json["turn"])
    assert assistant.asked[1] == [("user", "Count"), ("assistant", "One"), ("user", "On")]
    assert rows() == before
    kept = client.post(SESSIONS, json={"turns": [first.json["turn"], second.json["turn"]]})
    assert kept.status_code == 201
    messages = client.get(kept.headers["Location"]).json["messages"]
    names = ("content", "create_time", "model", "finish_reason", "reasoning", "reasoning_seconds")
    for name in names:
        assert messages[1][name] == answer[name], name
    assert messages[0]["create_time"] == first.json["turn"]["user"]["create_time"]
    assert [message["content"] for message in messages] == ["Count", "One", "On", "Two"]


def test_it_streams_as_a_chat_does(app, client, rows):
    script(app, (Reasoning("Hm."), "So", Rethought(), "One, ", "two"))
    before = rows()
    events = events_of(ask(client, "Count", turn(), stream=True))
    assert set(names(events)) <= set(TEMPORARY_EVENTS)
    assert names(events)[0] == "start"
    assert events[0].data["user"]["content"] == "Count"
    assert names(events)[-1] == "done"
    assert events[-1].data["turn"]["assistant"]["content"] == "One, two"
    assert text_of(events) == "One, two"
    assert rows() == before


@pytest.mark.parametrize("stream", [False, True])
def test_a_failure_tells_the_turn_as_far_as_it_came(app, client, stream):
    script(app, ("Part", OUT), OUT)
    for part in ("Part", None):
        answer = ask(client, "Count", stream=stream)
        told = events_of(answer)[-1].data if stream else problem(answer, 502, "provider-failed")
        assert told["detail"] == "The model is out."
        assert told["provider"]["retry_after"] == 7.0
        assert (told["turn"]["assistant"]["content"] if part else told.get("turn")) == part
        if part:
            assert told["turn"]["assistant"]["finish_reason"] == "broken_off"


def test_the_archivist_cites_from_the_book(client):
    session = make_session(client)
    client.post(f"{SESSIONS}/{session['id']}/turns", json=turn("Where is the boiler key?", "Under the mat."))
    told = ask(client, "boiler key", assistant="archivist").json
    assert told["citations"][0]["session_id"] == session["id"]


FUTURE, BACK = turn(at=ago(days=-1)), [turn(at=ago(hours=1)), turn(at=ago(hours=2))]
WRONG = {
    "no list": ({}, "#/turns"),
    "no turn": (["a"], "#/turns/0"),
    "no answer": ([{"user": {"content": "a"}}], "#/turns/0/assistant"),
    "an empty answer": ([turn(assistant=" ")], "#/turns/0/assistant/content"),
    "an unknown field": ([turn(html="<b>")], "#/turns/0/assistant/html"),
    "a NUL": ([turn(reasoning="\0")], "#/turns/0/assistant/reasoning"),
    "a long reason": ([turn(finish_reason="x" * 33)], "#/turns/0/assistant/finish_reason"),
    "a negative time": ([turn(reasoning_seconds=-1)], "#/turns/0/assistant/reasoning_seconds"),
    "the future": ([FUTURE], "#/turns/0/user/create_time"),
    "times that go back": (BACK, "#/turns/1/user/create_time"),
    "too many": ([turn()] * 201, "#/turns"),
}


@pytest.mark.parametrize(("turns", "pointer"), WRONG.values(), ids=list(WRONG))
@pytest.mark.one_database("PostgreSQL refuses more, so what comes through to it shows there.", engine="postgres")
def test_wrong_turns_are_refused_on_both_ways(app, client, rows, turns, pointer):
    assistant = script(app)
    before = rows()
    for url, body in ((URL, {"content": "Well?"}), (SESSIONS, {})):
        told = problem(client.post(url, json=body | {"turns": turns}), 422, "invalid")
        assert pointer in pointers(told)
    assert (assistant.asked, rows()) == ([], before)


def test_turns_that_are_too_long_together_are_refused(make_app):
    client = make_app(max_content_chars=100).test_client()
    told = problem(ask(client, "Well?", *[turn("x" * 100, "y" * 100)] * 9), 413, "too-many-messages")
    assert "1,800 characters" in told["detail"]


@pytest.mark.parametrize("url", [URL, SESSIONS])
def test_a_large_body_has_few_values(client, url):
    unknown = ",".join(f'"a{number}":1' for number in range(300_000))
    body = f'{{"turns":[{{"user":{{"content":"a"}},"assistant":{{{unknown}}}}}]}}'
    told = problem(client.post(url, data=body, content_type="application/json"), 400)
    assert "more than 10,000 values" in told["detail"]


def test_a_session_with_turns_is_made_once_for_a_key(client):
    key = {"Idempotency-Key": new_id()}
    body = {"turns": [turn()], "title": "Keys", "pinned": True}
    made = [client.post(SESSIONS, json=body, headers=key) for _ in range(2)]
    assert made[0].status_code == made[1].status_code == 201
    assert made[0].json == made[1].json
    assert (made[0].json["title"], made[0].json["pinned"], made[0].json["message_count"]) == ("Keys", True, 2)


def test_turns_without_times_take_those_of_their_neighbours(client):
    at = ago(days=3)
    turns = [turn("a", "b"), turn("c", "d", at=at), turn("e", "f")]
    made = client.post(SESSIONS, json={"turns": turns})
    assert [m["create_time"] for m in client.get(made.headers["Location"]).json["messages"]] == [at] * 6
    assert (made.json["created_at"], made.json["last_activity_at"]) == (at, at)


def test_turns_may_be_as_old_as_they_are(client):
    made = client.post(
        SESSIONS, json={"turns": [turn(at="1999-12-31T23:59:59Z")], "created_at": "1999-01-01T00:00:00Z"}
    )
    assert made.status_code == 201
    assert made.json["created_at"] == "1999-01-01T00:00:00Z"


def test_a_finished_turn_from_elsewhere_has_its_reasoning(client):
    session = make_session(client)
    told = turn(reasoning="Hm.", reasoning_seconds=1.5, finish_reason="length")
    answer = client.post(f"{SESSIONS}/{session['id']}/turns", json=told).json["messages"][1]
    assert (answer["reasoning"], answer["reasoning_seconds"], answer["finish_reason"]) == ("Hm.", 1.5, "length")


@pytest.fixture(name="assistant")
def _assistant(app):
    with heeding(app) as assistant:
        yield assistant


def test_a_closed_connection_stops_it(client, assistant):
    response = ask(client, stream=True)
    pieces = iter(response.response)
    while b"Under" not in next(pieces):
        pass
    assert not assistant.stopped.is_set()
    response.close()
    assert assistant.stopped.is_set()


def revoked(_app):
    revoke_token(ALICE, TOKEN_ID)


def disabled(_app):
    from tests.attacks.people import person

    person("carol", is_admin=True)
    set_disabled(ALICE, ALICE.id, disabled=True)


# The page has no token that could be revoked.
@pytest.mark.parametrize(("of", "how"), [("api", revoked), ("api", disabled), ("page", disabled)])
def test_who_may_no_more_hears_no_more_and_it_stops(app, client, assistant, monkeypatch, of, how):
    monkeypatch.setattr(permission, "_CHECK_EVERY", 0.0)
    send = {"headers": {"HX-Request-Type": "partial"}, "data": {"content": "Well?"}}
    response = ask(client, stream=True) if of == "api" else client.post("/temporary", **send)
    pieces = iter(response.response)
    while b"Under" not in next(pieces):
        pass
    with app.app_context():
        how(app)
    assistant.after.open()
    assert b"the mat" not in b"".join(pieces)
    response.close()
    assert assistant.stopped.is_set()


def test_a_token_that_only_reads_may_not_ask(app):
    from tests.attacks.people import person

    with app.app_context():
        bob = person("bob", read_only=True)
    problem(ask(bob.client(app)), 403, "read-only")
