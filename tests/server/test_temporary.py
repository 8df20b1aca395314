"""Large bodies of a temporary chat lie in memory, never in a file."""

import json
from urllib.parse import urlencode

import pytest

from tests.server.wire import PAGE, TOKEN, post
from tests.support.carried import turn_fields
from tests.support.doors import script

pytestmark = pytest.mark.one_database("Buffers are the matter here, the database is not.")

LONG = "Quetzalfrost " * 7_000


@pytest.fixture
def no_files(monkeypatch):
    """Nothing opens a temporary file."""

    def refuse():
        raise AssertionError("a temporary file")

    monkeypatch.setattr("webapp.server.spool.TemporaryFile", refuse)


@pytest.fixture
def page(app):
    script(app, "So.")
    fields = {"content": "Well?", "assistant": "scripted", "message": turn_fields(*[LONG] * 16)}
    return post("/temporary", urlencode(fields, doseq=True), PAGE)


@pytest.fixture
def program(app):
    script(app, "So.")
    turn = {"user": {"content": LONG}, "assistant": {"content": LONG}}
    return post("/api/v1/temporary", json.dumps({"content": "Well?" + LONG, "turns": [turn] * 8}), TOKEN)


@pytest.mark.parametrize("sent", ["page", "program"])
def test_no_file_is_written(serve, no_files, request, sent, monkeypatch):
    monkeypatch.setattr("webapp.server.spool.MAX_IN_MEMORY_BYTES", 1_000_000)
    monkeypatch.setattr("webapp.server.sending._SPOOL_AFTER_SECONDS", 0.0)
    body = request.getfixturevalue(sent)
    assert len(body) > 1_000_000
    with serve() as server, server.connect(buffer=4_096) as wire:
        answer = wire.ask(body)
        assert answer.status == 200, answer.body[:300]
        assert b"So." in answer.body
