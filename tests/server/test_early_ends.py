"""Answers that end before their time leave nothing behind: no line in the log, no task, no follower."""

import json
import logging

import pytest

from tests.server.wire import TOKEN, get, post
from tests.support.accounts import ALICE
from tests.support.cast import chat
from tests.support.scripted_assistants import held
from tests.support.waiting import eventually
from webapp.server import lanes as lanes_module
from webapp.services.live.feeds.registry import Feeds
from webapp.state import current

pytestmark = pytest.mark.one_database("Connections are the matter here, the database is not.")


EVENTS = f"{TOKEN}Accept: text/event-stream\r\n"


@pytest.fixture
def gate(app):
    """An answer that begins and then waits."""
    with app.app_context(), held("Under ") as gate:
        yield gate


@pytest.fixture
def live(gate, serve):
    """A server and the address of an answer that is being written."""
    ask = post("/api/v1/chat", json.dumps({"content": "Where?", "assistant": "scripted", "stream": True}), TOKEN)
    with serve() as server, server.connect() as wire:
        wire.send(ask)
        while b"event: delta" not in wire._received:
            wire._read()
        session_id = json.loads(wire._received.split(b"data: ")[1].split(b"\n")[0])["session_id"]
        yield server, f"/api/v1/sessions/{session_id}/live"
        gate.open()


def nothing_is_said_of_it(caplog):
    return [record for record in caplog.records if record.levelno >= logging.WARNING] == []


def followers(server):
    return current(Feeds, server.app)._follower_count


def test_a_stream_whose_client_left_before_it_began_is_not_begun(live, caplog):
    server, address = live
    before = followers(server)
    for _ in range(20):
        with server.connect() as wire:
            wire.send(get(address, EVENTS)).end_sending()
            assert wire.is_closed()
    eventually(lambda: followers(server) == before)
    assert nothing_is_said_of_it(caplog)


def test_the_header_of_a_stream_is_answered_at_once(live, caplog):
    server, address = live
    before = followers(server)
    with server.connect() as wire:
        answer = wire.ask(get(address, EVENTS).replace("GET ", "HEAD "))
        assert (answer.status, "text/event-stream" in answer.header) == (200, True)
        assert wire.ask(get("/healthz")).status == 200
    assert followers(server) == before
    assert nothing_is_said_of_it(caplog)


def test_a_reader_that_takes_nothing_is_hung_up_on_in_silence(serve, app, monkeypatch, caplog):
    monkeypatch.setattr("webapp.server.sending._SPOOL_AFTER_SECONDS", 0.05)
    with app.app_context():
        large = chat(ALICE, *("word " * 18_000 for _ in range(120)))
    with serve(answer_silence_seconds=0.3) as server, server.connect(buffer=4_096) as wire:
        wire.send(get(f"/api/v1/sessions/{large.id}", TOKEN))
        eventually(lambda: len(server.connections()) == 1)
        eventually(lambda: len(server.connections()) == 0)
    assert nothing_is_said_of_it(caplog)


def test_a_request_that_finds_no_thread_at_all_is_refused_in_silence(serve, monkeypatch, caplog):
    monkeypatch.setattr(lanes_module, "_MAX_QUEUE", -8)
    with serve() as server, server.connect() as wire:
        assert wire.ask(post("/api/v1/sessions", "{}", TOKEN)).status == 503
        assert wire.is_closed()
    assert nothing_is_said_of_it(caplog)


def test_a_body_that_breaks_off_is_dropped_in_silence(serve, caplog):
    with serve() as server:
        for ends in ("FIN", "RST"):
            with server.connect() as wire:
                wire.send(post("/api/v1/sessions", "{}", TOKEN, length=500))
                if ends == "RST":
                    wire.reset()
                else:
                    assert wire.end_sending().is_closed()
        eventually(lambda: len(server.connections()) == 0)
    assert nothing_is_said_of_it(caplog)
