"""Whoever follows or awaits an answer holds no thread of the server."""

import contextlib
import json
from urllib.parse import urlencode

import pytest

from tests.server.wire import PAGE, TOKEN, get, post
from tests.support.accounts import ALICE, SIGN_IN_ID, TOKEN_ID
from tests.support.cast import contents
from tests.support.scripted_assistants import heeding, held
from tests.support.waiting import eventually
from webapp.agent.values import End, Text
from webapp.services.accounts.sign_in_list import end_sign_in
from webapp.services.accounts.tokens import create_token, revoke_token
from webapp.services.assistants.registry import Assistants
from webapp.services.live.feeds.registry import Feeds
from webapp.services.live.following import get_live_turn
from webapp.services.live.process.pool import Runner
from webapp.state import current

pytestmark = pytest.mark.one_database("Connections are the matter here, the database is not.")


EVENTS = f"{TOKEN}Accept: text/event-stream\r\n"


@pytest.fixture
def app(make_app):
    """Two threads for reading and two for writing."""
    return make_app(threads=2, live_turns=100, live_turns_each=100, followers_each=60)


@pytest.fixture
def gate(app):
    """An answer that begins and then waits."""
    with app.app_context(), held("Under ", "the ") as gate:
        yield gate


def ask_api(content, **more):
    return post("/api/v1/chat", json.dumps({"content": content, "assistant": "scripted", **more}), TOKEN)


def ask_openai(content, **more):
    body = {"model": "scripted", "messages": [{"role": "user", "content": content}], **more}
    return post("/v1/chat/completions", json.dumps(body), TOKEN)


def ask_page(content):
    return post("/chat", urlencode({"content": content, "assistant": "scripted", "expected_last_idx": "-1"}), PAGE)


def ask_temporarily(stream):
    return post(
        "/api/v1/temporary", json.dumps({"content": "Where?", "assistant": "scripted", "stream": stream}), TOKEN
    )


def ask_temporary_page(stream):
    more = "HX-Request-Type: partial\r\n" if stream else ""
    return post("/temporary", urlencode({"content": "Where?", "assistant": "scripted"}), PAGE + more)


UNSTORED = {
    "openai": lambda stream: ask_openai("Where?", store=False, stream=stream),
    "api": ask_temporarily,
    "page": ask_temporary_page,
}


def follow_page(app, session_id):
    with app.app_context():
        live = get_live_turn(ALICE, session_id)
    query = urlencode({"after": "-1", "last": "", "attempt": live.attempt, "state": "writing"})
    return get(f"/sessions/{session_id}/live?{query}", PAGE)


def until(wire, text):
    """Read until this text has come."""
    while text.encode() not in wire._received:
        wire._read()
    return wire._received


def test_any_number_follow_and_await_answers_and_all_else_goes_on(serve, app, gate):
    with serve() as server, contextlib.ExitStack() as stack:
        first = stack.enter_context(server.connect()).send(ask_api("Where?", stream=True))
        session_id = json.loads(until(first, "\n\n").split(b"data: ")[1].split(b"\n")[0])["session_id"]
        gate.await_reply()
        wires = [stack.enter_context(server.connect()) for _ in range(40)]
        sent = (
            get(f"/api/v1/sessions/{session_id}/live", EVENTS),
            follow_page(app, session_id),
            ask_api("And this?"),
            ask_openai("And that?"),
            ask_openai("And that, streamed?", stream=True),
            ask_openai("Not to be stored?", store=False),
            ask_page("And on a page?"),
            post(
                "/api/v1/chat",
                json.dumps({"content": "Twice?", "assistant": "scripted"}),
                f"{TOKEN}Idempotency-Key: k\r\n",
            ),
        )
        for number, wire in enumerate(wires):
            wire.send(sent[number % len(sent)])
        # A stream has begun, and nobody has got the end of anything.
        eventually(lambda: len(current(Runner, app).tasks()) >= 4 * 5 + 2)
        for request in (get("/healthz"), get("/sessions", PAGE), get("/api/v1/sessions", TOKEN)):
            assert stack.enter_context(server.connect()).ask(request).status == 200
        created = stack.enter_context(server.connect()).ask(post("/api/v1/sessions", "{}", TOKEN))
        assert created.status == 201
        gate.open()
        for number, wire in enumerate(wires):
            if number % len(sent) in {0, 1, 4}:
                assert b"And the rest." in until(wire, "\r\n0\r\n\r\n")
            else:
                assert wire.answer().status in {200, 201, 303}
    with app.app_context():
        assert contents(ALICE, session_id) == ["Where?", "Under the  And the rest."]


def events_of(raw):
    """The events of a chunked answer: names and data."""
    body = raw.partition(b"\r\n\r\n")[2]
    text = b""
    while body:
        size, _, body = body.partition(b"\r\n")
        text, body = text + body[: int(size, 16)], body[int(size, 16) + 2 :]
        if size == b"0":
            break
    return [tuple(line for line in part.splitlines() if line) for part in text.decode().split("\n\n") if part]


def shape(events):
    """What of events does not depend on ids and times."""
    return [
        [line.partition(":")[0] for line in event] + [line for line in event if line.startswith("event")]
        for event in events
    ]


@pytest.mark.parametrize("request_of", [ask_api, ask_openai], ids=["API", "OpenAI"])
def test_a_stream_of_the_loop_is_the_stream_of_any_other_server(serve, app, client, request_of):
    current(Assistants, app).add(Said("Under the mat."))
    with serve() as server, server.connect() as wire:
        wire.send(
            request_of("Where?", stream=True).replace(
                b"Host: localhost\r\n", b"Host: localhost\r\nConnection: close\r\n"
            )
        )
        assert wire.is_closed()
        ours = events_of(wire._received)
    address = {ask_api: "/api/v1/chat", ask_openai: "/v1/chat/completions"}[request_of]
    body = json.loads(request_of("Where?", stream=True).partition(b"\r\n\r\n")[2])
    theirs = client.post(address, json=body).get_data(as_text=True)
    others = [tuple(line for line in part.splitlines() if line) for part in theirs.split("\n\n") if part]
    assert shape(ours)[-1] == shape(others)[-1]
    assert "".join(texts(ours)) == "".join(texts(others)) == "Under the mat."


def texts(events):
    for event in events:
        for line in event:
            if line.startswith("data: {"):
                data = json.loads(line.removeprefix("data: "))
                yield data.get("text") or next((c["delta"].get("content") or "" for c in data.get("choices", [])), "")


class Said:
    """An assistant that says one text."""

    key = label = "scripted"

    def __init__(self, text):
        self.text = text

    def reply(self, _history, **_limits):
        yield Text(self.text)
        yield End(model="m")


def test_who_follows_too_many_answers_is_told_so_at_each_door(serve, make_app):
    app = make_app(followers_each=3)
    with app.app_context(), held("Under ") as gate, serve_app(app) as server, contextlib.ExitStack() as stack:
        first = stack.enter_context(server.connect()).send(ask_api("Where?", stream=True))
        session_id = json.loads(until(first, "\n\n").split(b"data: ")[1].split(b"\n")[0])["session_id"]
        gate.await_reply()
        live = get(f"/api/v1/sessions/{session_id}/live", EVENTS)
        for _ in range(2):
            until(stack.enter_context(server.connect()).send(live), "event: start")
        for request in (live, follow_page(app, session_id)):
            refused = stack.enter_context(server.connect()).ask(request)
            assert (refused.status, "retry-after: " in refused.header) == (429, True)
        assert b"too-many-requests" in stack.enter_context(server.connect()).ask(live).body
        # One who goes makes room.
        first.close()
        eventually(lambda: stack.enter_context(server.connect()).send(live)._read() is None or True)
        eventually(lambda: current(Feeds, server.app)._followers[ALICE.id] <= 3)
        gate.open()


def serve_app(app):
    from tests.server.conftest import served

    return served(app)


def test_a_stream_ends_when_its_token_is_revoked(serve, app, gate, monkeypatch):
    monkeypatch.setattr("webapp.http.permission._CHECK_EVERY", 0.05)
    monkeypatch.setattr("webapp.services.live.feeds.registry._CHECK_SECONDS", 0.05)
    monkeypatch.setattr("webapp.services.live.following.QUIET_SECONDS", 0.05)
    with app.app_context():
        secret, token = create_token(ALICE, "a program")
    with serve() as server, server.connect() as asking, server.connect() as wire:
        session_id = json.loads(
            until(asking.send(ask_api("Where?", stream=True)), "\n\n").split(b"data: ")[1].split(b"\n")[0]
        )["session_id"]
        gate.await_reply()
        wire.send(
            get(f"/api/v1/sessions/{session_id}/live", f"Authorization: Bearer {secret}\r\nConnection: close\r\n")
        )
        until(wire, "event: delta")
        with app.app_context():
            revoke_token(ALICE, token.id)
        assert wire.is_closed()
        assert b"event: done" not in wire._received
        gate.open()
        until(asking, "event: done")


@pytest.fixture(name="assistant")
def _assistant(app):
    with heeding(app) as assistant:
        yield assistant


@pytest.mark.parametrize("stream", [True, False])
@pytest.mark.parametrize("ask", UNSTORED.values(), ids=list(UNSTORED))
def test_an_answer_that_is_stored_nowhere_stops_when_its_caller_goes(serve, assistant, ask, stream):
    with serve() as server, server.connect() as wire:
        wire.send(ask(stream))
        assistant.after.await_reply()
        if stream:
            until(wire, "Under ")
        wire.close()
        assert assistant.stopped.wait(20)


@pytest.mark.parametrize("ask", UNSTORED.values(), ids=list(UNSTORED))
def test_an_answer_that_is_stored_nowhere_stops_when_its_reader_is_let_in_no_more(
    serve, app, assistant, monkeypatch, ask
):
    monkeypatch.setattr("webapp.http.permission._CHECK_EVERY", 0.05)
    monkeypatch.setattr("webapp.services.live.feeds.registry._CHECK_SECONDS", 0.05)
    monkeypatch.setattr("webapp.services.live.following.QUIET_SECONDS", 0.05)
    with serve() as server, server.connect() as wire:
        # The connection stays open: its end would stop the answer, too.
        until(wire.send(ask(True)), "Under ")
        with app.app_context():
            revoke_token(ALICE, TOKEN_ID)
            end_sign_in(ALICE, SIGN_IN_ID)
        until(wire, "\r\n0\r\n\r\n")
        assert assistant.stopped.wait(20)
        assert b"mat" not in wire._received


def test_an_answer_that_is_stored_goes_on_when_its_follower_goes(serve, gate):
    with serve() as server:
        with server.connect() as wire:
            raw = until(wire.send(ask_api("Where?", stream=True)), "event: delta")
            session_id = json.loads(raw.split(b"data: ")[1].split(b"\n")[0])["session_id"]
        gate.await_reply()
        gate.open()
        with server.connect() as wire:
            read = get(f"/api/v1/sessions/{session_id}", TOKEN)
            eventually(lambda: len(json.loads(wire.ask(read).body)["messages"]) == 2)


def test_a_stream_survives_a_database_that_is_away_for_a_while(serve, app, gate, monkeypatch):
    """Neither the follower's permission nor its feed needs the database just now."""
    from webapp.errors import Busy

    monkeypatch.setattr("webapp.http.permission._CHECK_EVERY", 0.02)
    monkeypatch.setattr("webapp.services.live.feeds.registry._CHECK_SECONDS", 0.02)
    monkeypatch.setattr("webapp.services.live.following.QUIET_SECONDS", 0.05)
    asked = []

    def away(*_):
        asked.append(1)
        raise Busy

    with serve() as server, server.connect() as wire:
        wire.send(ask_api("Where?", stream=True))
        until(wire, "event: delta")
        gate.await_reply()
        with monkeypatch.context() as patch:
            patch.setattr("webapp.services.accounts.tokens.use_token", away)
            eventually(lambda: len(asked) >= 2)
        gate.open()
        assert b"And the rest." in until(wire, "event: done")
