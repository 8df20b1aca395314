"""Files go out by chunks: a slow reader holds neither a thread, nor a transaction, nor the file in memory."""

from __future__ import annotations

import threading

import pytest
from sqlalchemy import text

from tests.server.wire import TOKEN, get
from tests.support.accounts import ALICE
from tests.support.files import say_with
from tests.support.waiting import eventually
from webapp.database import transaction
from webapp.database.engine import db
from webapp.services.files import reading
from webapp.services.sessions.changes import archive_session, create_session
from webapp.services.sessions.purge import purge_session

DATA = bytes(range(256)) * 80_000
pytestmark = pytest.mark.one_database("Connections are the matter here, the database is not.")


@pytest.fixture
def turn(app):
    with app.app_context():
        return say_with(ALICE, create_session(ALICE).id, "", ("noise", DATA))


@pytest.fixture
def request_line(turn):
    return get(f"/api/v1/files/{turn.user.files[0].id}", TOKEN)


@pytest.fixture
def read(monkeypatch):
    """The chunks that were read, in order."""
    seen = []
    original = reading.read_piece

    def noted(user, file_id, piece):
        seen.append(piece.position)
        return original(user, file_id, piece)

    monkeypatch.setattr("webapp.http.file_answers.read_piece", noted)
    return seen


def test_a_file_of_many_chunks_arrives_whole(serve, request_line):
    with serve() as server, server.connect() as wire:
        answer = wire.ask(request_line)
        assert (answer.status, answer.body) == (200, DATA)
        assert f"content-length: {len(DATA)}" in answer.header
        assert "transfer-encoding" not in answer.header
        # The connection is good for the next request.
        part = wire.ask(request_line.replace("\r\n\r\n", "\r\nRange: bytes=262000-1000000\r\n\r\n"))
        assert (part.status, part.body) == (206, DATA[262_000:1_000_001])


def test_a_head_reads_no_chunk(serve, request_line, read):
    with serve() as server, server.connect() as wire:
        wire.send(request_line.replace("GET", "HEAD", 1).replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n"))
        assert wire.is_closed()
    assert read == []


def test_slow_readers_hold_no_thread_and_no_transaction(serve, request_line, read):
    with serve() as server:
        slow = [server.connect(buffer=4_096).send(request_line) for _ in range(12)]
        eventually(lambda: len(read) >= len(slow))
        with server.connect() as wire:
            assert wire.ask(get("/api/v1/sessions", TOKEN)).status == 200
        # Only what fits into the buffers on the way was read.
        eventually(lambda: not transaction._open)
        assert len(read) < len(slow) * 40
        with server.app.app_context(), db.engine.begin() as connection:
            connection.execute(text("UPDATE users SET created_at = created_at"))
        assert slow[0].answer().body == DATA
        for wire in slow:
            wire.close()


def test_a_reader_that_is_gone_ends_the_reading(serve, request_line, read):
    with serve() as server:
        wire = server.connect(buffer=4_096).send(request_line)
        eventually(lambda: read)
        wire.reset()
        eventually(lambda: not server.connections())
        count = len(read)
        threading.Event().wait(0.2)
        assert len(read) == count < 78


def test_a_file_that_is_deleted_meanwhile_is_cut_short_and_the_connection_closed(serve, turn, request_line, read):
    with serve() as server, server.connect(buffer=4_096) as wire:
        wire.send(request_line)
        eventually(lambda: read)
        with server.app.app_context():
            archive_session(ALICE, turn.session.id)
            purge_session(ALICE, turn.session.id)
        with pytest.raises((ConnectionError, EOFError)):
            wire.answer()
    assert len(read) < 79


def test_a_stream_without_the_event_loop_is_the_same(client, turn, app):
    answer = client.get(f"/api/v1/files/{turn.user.files[0].id}")

    assert answer.data == DATA
    with app.app_context():
        assert not transaction._open
