"""A large file is stored in several short transactions, and nobody sees it before it is whole."""

from __future__ import annotations

import hashlib
import io
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import event, func, select, update

from tests.support.cast import chat
from tests.support.files import say_with
from webapp.database.engine import db
from webapp.database.transaction import leave_transaction, read_connection, writing
from webapp.errors import FilesFull
from webapp.ids import utc_now
from webapp.models import File, FileChunk, table_of
from webapp.services.exports.everything import export_everything
from webapp.services.exports.restoring import restore_export
from webapp.services.files.spooling import CHUNK, spool_file
from webapp.services.files.staging import AT_ONCE, SILENCE, remove_silent, staged
from webapp.services.files.storing import store_files
from webapp.services.files.usage import get_storage
from webapp.services.transcripts.appending import insert_turn
from webapp.services.values import NewMessage
from webapp.services.verification import Verification

SIZE = 5 * AT_ONCE * CHUNK // 2
DATA = bytes(range(251)) * (SIZE // 251 + 1)
DATA = DATA[:SIZE]

_files, _chunks = table_of(File), table_of(FileChunk)


class Died(BaseException):
    """The process ends here."""


class Ending(io.BytesIO):
    """Content whose reader dies in the second transaction."""

    def read(self, size=-1):
        if self.tell() > AT_ONCE * CHUNK:
            raise Died
        return super().read(size)


@contextmanager
def counted_chunks():
    """Count the chunks that each transaction inserts."""
    counts = [0]

    def executed(_connection, _cursor, statement, *_rest):
        counts[-1] += statement.startswith("INSERT INTO file_chunks")

    def committed(_connection):
        counts.append(0)

    event.listen(db.engine, "after_cursor_execute", executed)
    event.listen(db.engine, "commit", committed)
    try:
        yield counts
    finally:
        event.remove(db.engine, "after_cursor_execute", executed)
        event.remove(db.engine, "commit", committed)


@pytest.fixture
def large(user):
    with spool_file(io.BytesIO(DATA), "large.bin") as file:
        yield file


@pytest.fixture
def left(user, large, monkeypatch):
    """A file whose process died after its first chunks."""
    with monkeypatch.context() as patch:
        patch.setattr("webapp.services.files.staging._remove", lambda _file_id: None)
        with pytest.raises(Died), staged(user, [replace(large, content=Ending(DATA))]):
            pass
    assert counts() == (1, AT_ONCE)


def counts():
    leave_transaction()
    found = tuple(read_connection().scalar(select(func.count()).select_from(table)) for table in (_files, _chunks))
    leave_transaction()
    return found


def say(user, session_id, file):
    with writing() as connection:
        (stored,) = store_files(connection, user, [file])
        return insert_turn(
            connection, user, session_id, NewMessage(content="Look", files=(stored,)), NewMessage(content="Seen.")
        )


def bytes_of(turn):
    statement = select(_chunks.c.data).where(_chunks.c.file_id == turn.user.files[0].id).order_by(_chunks.c.position)
    found = b"".join(map(bytes, read_connection().scalars(statement)))
    leave_transaction()
    return found


def grow_old():
    with writing() as connection:
        before = utc_now() - SILENCE - timedelta(seconds=1)
        connection.execute(update(_files).values(staged_at=before))


def test_no_transaction_writes_more_than_some_chunks(user, large):
    session = chat(user)
    with counted_chunks() as written, staged(user, [large]):
        turn = say(user, session.id, large)

    assert max(written) == AT_ONCE
    assert sum(written) == -(-SIZE // CHUNK)
    assert bytes_of(turn) == DATA
    assert list(Verification().findings()) == []


def test_a_file_that_is_not_used_is_removed(user, large):
    with staged(user, [large]):
        assert counts() == (1, -(-SIZE // CHUNK))

    assert counts() == (0, 0)


def test_a_small_file_and_one_that_is_here_are_not_staged(user, large):
    session = chat(user)
    say(user, session.id, large)
    with (
        spool_file(io.BytesIO(b"small"), "small.txt") as small,
        counted_chunks() as written,
        staged(user, [large, small]),
    ):
        assert sum(written) == 0

    assert counts() == (1, -(-SIZE // CHUNK))


def test_what_a_dead_process_left_is_nobodys_file(user, left, large, tmp_path):
    assert get_storage(user).files == 0
    assert get_storage(user).bytes_used == SIZE
    assert list(Verification().findings()) == []
    path = tmp_path / "all.zip"
    path.write_bytes(b"".join(export_everything(user).pieces))

    assert restore_export(user, path).files == 0
    assert counts() == (0, 0)


def test_whoever_stores_the_same_bytes_goes_on_with_it(user, left, large):
    session = chat(user)
    with counted_chunks() as written, staged(user, [large]):
        turn = say(user, session.id, large)

    assert sum(written) == -(-SIZE // CHUNK) - AT_ONCE
    assert bytes_of(turn) == DATA
    assert list(Verification().findings()) == []


def test_it_is_completed_without_being_staged_again(user, left, large):
    turn = say(user, chat(user).id, large)

    assert hashlib.sha256(bytes_of(turn)).digest() == large.sha256
    assert list(Verification().findings()) == []


def test_it_is_removed_after_its_silence(user, left):
    assert remove_silent() == 0
    grow_old()

    assert remove_silent() == 1
    assert counts() == (0, 0)


def test_a_file_that_was_removed_meanwhile_is_stored_with_its_message(user, large):
    session = chat(user)
    with staged(user, [large]):
        grow_old()
        remove_silent()
        turn = say(user, session.id, large)

    assert bytes_of(turn) == DATA


def test_a_whole_file_is_never_removed_as_a_staged_one(user, large):
    session = chat(user)
    with staged(user, [large]):
        turn = say(user, session.id, large)
    assert remove_silent() == 0
    assert bytes_of(turn) == DATA


def test_a_file_without_space_is_refused_where_it_is_stored(make_app):
    from tests.support.accounts import ALICE

    with make_app(files_each_bytes=SIZE - 1).app_context():
        session = chat(ALICE)
        with spool_file(io.BytesIO(DATA), "large.bin") as file, staged(ALICE, [file]):
            say_with(ALICE, session.id, "Small", ("a.txt", b"a"))
            with pytest.raises(FilesFull):
                say(ALICE, session.id, file)
