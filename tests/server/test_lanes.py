"""What waits in one lane of threads takes nothing from another."""

import asyncio
import json
import sqlite3
import threading

import pytest

from tests.server.wire import PAGE, TOKEN, get, post
from tests.support.loops import run
from webapp.errors import Busy
from webapp.server import lanes as lanes_module
from webapp.server.lanes import Lane

pytestmark = pytest.mark.one_database("Connections are the matter here, the database is not.")


def test_writers_that_wait_for_the_databases_lock_keep_no_reader_waiting(serve, make_app, tmp_path):
    app = make_app(threads=2, sqlite_lock_timeout=2.0)
    other = sqlite3.connect(tmp_path / "minutebook.db", isolation_level=None)
    with serve_app(app) as server:
        other.execute("BEGIN IMMEDIATE")
        writers = [server.connect().send(post("/api/v1/sessions", "{}", TOKEN)) for _ in range(20)]
        for _ in range(5):
            for request in (get("/healthz"), get("/sessions", PAGE), get("/api/v1/sessions", TOKEN)):
                with server.connect() as wire:
                    assert wire.ask(request).status == 200
        other.execute("COMMIT")
        statuses = {writer.answer().status for writer in writers}
        assert statuses <= {201, 503}
        assert 201 in statuses
        for writer in writers:
            writer.close()
    other.close()


def serve_app(app):
    from tests.server.conftest import served

    return served(app)


def test_who_finds_no_thread_in_time_is_told_to_come_again(serve, monkeypatch):
    monkeypatch.setattr(lanes_module, "_MAX_WAIT_SECONDS", 0.0)
    with serve() as server, server.connect() as wire:
        answer = wire.ask(post("/api/v1/sessions", "{}", TOKEN))
        assert (answer.status, json.loads(answer.body)["code"]) == (503, "busy")
        assert "retry-after: " in answer.header


def test_where_not_even_a_refusal_finds_a_thread_it_is_a_line(serve, monkeypatch):
    monkeypatch.setattr(lanes_module, "_MAX_QUEUE", -8)
    with serve() as server, server.connect() as wire:
        answer = wire.ask(post("/api/v1/sessions", "{}", TOKEN))
        assert (answer.status, answer.body.count(b"\n")) == (503, 1)


def test_a_lane_refuses_what_would_only_wait():
    async def fill():
        lane, go_on = Lane("test", 1), threading.Event()
        monkey = lanes_module._MAX_QUEUE
        lanes_module._MAX_QUEUE = 2
        try:
            calls = [asyncio.ensure_future(lane.run(lambda: go_on.wait(20))) for _ in range(3)]
            await asyncio.sleep(0)
            with pytest.raises(Busy):
                await lane.run(lambda: None)
            go_on.set()
            assert await asyncio.gather(*calls) == [True] * 3
            assert await lane.run(lambda: "again") == "again"
        finally:
            lanes_module._MAX_QUEUE = monkey
            lane.close()

    run(fill())
