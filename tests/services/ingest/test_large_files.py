"""An import stores large files ahead of the transaction that writes their messages."""

from __future__ import annotations

import pytest
from sqlalchemy import event, func, select

from tests.support.ingest import bring, jsonl, plain
from webapp.database.engine import db
from webapp.database.transaction import leave_transaction, read_connection
from webapp.models import File, FileChunk, table_of
from webapp.services.files.spooling import CHUNK
from webapp.services.files.staging import AT_ONCE
from webapp.services.ingest import writing as import_writing
from webapp.services.jobs.values import JobInterrupted
from webapp.services.verification import Verification

#: A text that becomes a file, of more chunks than one transaction writes.
LONG = "A long text. " * (2 * AT_ONCE * CHUNK // 13)
CHAT = ("long.jsonl", jsonl(plain(LONG, "That is long.")))
CHUNKS = -(-len(LONG.encode()) // CHUNK)


def counts():
    leave_transaction()
    found = tuple(
        read_connection().scalar(select(func.count()).select_from(table_of(model))) for model in (File, FileChunk)
    )
    assert list(Verification().findings()) == []
    leave_transaction()
    return found


@pytest.fixture
def written():
    """The numbers of chunks that each transaction inserted."""
    found = [0]

    def executed(_connection, _cursor, statement, *_rest):
        found[-1] += statement.startswith("INSERT INTO file_chunks")

    def committed(_connection):
        found.append(0)

    event.listen(db.engine, "after_cursor_execute", executed)
    event.listen(db.engine, "commit", committed)
    yield found
    event.remove(db.engine, "after_cursor_execute", executed)
    event.remove(db.engine, "commit", committed)


def test_its_chunks_are_written_in_short_transactions(user, written):
    assert bring(user, CHAT).state == "done"

    assert (max(written), sum(written)) == (AT_ONCE, CHUNKS)
    assert counts() == (1, CHUNKS)


def test_importing_it_again_writes_no_chunk(user, written):
    bring(user, CHAT)
    written[:] = [0]
    bring(user, CHAT)

    assert sum(written) == 0
    assert counts() == (1, CHUNKS)


def test_an_import_that_was_interrupted_behind_the_file_goes_on_with_it(user, written, monkeypatch):
    write, ends = import_writing.Batch.write, iter([JobInterrupted])

    def interrupted(*arguments):
        for end in ends:
            raise end
        return write(*arguments)

    monkeypatch.setattr(import_writing.Batch, "write", interrupted)
    with monkeypatch.context() as patch:
        # The process is killed before it removes what it staged.
        patch.setattr("webapp.services.files.staging._remove", lambda _file_id: None)
        run = bring(user, CHAT)

    assert next(ends, None) is None
    assert run.state == "done"
    assert sum(written) == CHUNKS
    assert counts() == (1, CHUNKS)
