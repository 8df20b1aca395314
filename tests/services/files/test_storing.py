"""Files are stored once per owner, in chunks, within their limits."""

from __future__ import annotations

import hashlib
import io
import tracemalloc

import pytest
from sqlalchemy import func, select

from tests.support.cast import chat, stranger
from tests.support.files import png, say_with, store
from webapp.database.transaction import read_connection, writing
from webapp.errors import FilesFull, FileTooLarge
from webapp.models import File, FileChunk, MessageFile, table_of
from webapp.services.files.spooling import CHUNK, readable_size, spool_file
from webapp.services.files.storing import store_file, store_files
from webapp.services.sessions.changes import create_session
from webapp.services.transcripts.reading import read_page, read_range, read_transcript


class Slow(io.RawIOBase):
    """A stream that gives a few bytes at a time."""

    def __init__(self, data: bytes) -> None:
        self.left = data

    def read(self, _size=-1):
        piece, self.left = self.left[:1000], self.left[1000:]
        return piece


def rows(model):
    return read_connection().scalar(select(func.count()).select_from(table_of(model)))


def chunks(file_id):
    table = table_of(FileChunk)
    statement = select(table.c.data).where(table.c.file_id == file_id).order_by(table.c.position)
    return [bytes(data) for data in read_connection().scalars(statement)]


def test_a_file_is_stored_in_chunks_whose_bytes_are_its_own(user):
    data = bytes(range(256)) * 2500
    session = chat(user)
    turn = say_with(user, session.id, "Look", ("noise.png", data))

    stored = chunks(turn.user.files[0].id)
    assert [len(chunk) for chunk in stored] == [CHUNK, CHUNK, len(data) - 2 * CHUNK]
    assert b"".join(stored) == data
    assert turn.user.files[0].sha256 == hashlib.sha256(data).digest()
    assert turn.user.files[0][1:6] == ("noise.png", "application/octet-stream", len(data), None, None)


def test_the_files_of_a_message_are_read_as_they_were_stored_in_their_order(user):
    session = chat(user, "Before")
    files = [("b.txt", b"two"), ("a.png", png(5, 7)), ("again.txt", b"two")]
    turn = say_with(user, session.id, "", *files, made=[("drawn.png", png(2, 2))])
    session = chat(user, "Elsewhere")
    say_with(user, session.id, "Other", ("c.txt", b"three"))

    messages = read_transcript(user, turn.session.id).messages

    assert messages[2:] == [turn.user, turn.assistant]
    assert [file.name for file in messages[2].files] == ["b.txt", "a.png", "again.txt"]
    assert messages[2].files[1][2:6] == ("image/png", len(png(5, 7)), 5, 7)
    assert [file.name for file in messages[3].files] == ["drawn.png"]
    assert messages[0].files == ()
    assert read_page(user, turn.session.id).messages == messages
    assert read_range(user, turn.session.id, 2, 3) == [turn.user]


def test_equal_bytes_are_stored_once_for_an_owner_and_again_for_another(user):
    session = chat(user)
    first = say_with(user, session.id, "One", ("a.txt", b"same"), ("b.txt", b"same"))
    second = say_with(user, session.id, "Two", ("c.txt", b"same"))
    bob = stranger()
    other = say_with(bob, create_session(bob).id, "Three", ("a.txt", b"same"))

    assert {file.id for file in first.user.files} == {second.user.files[0].id}
    assert other.user.files[0].id != first.user.files[0].id
    assert (rows(File), rows(FileChunk), rows(MessageFile)) == (2, 2, 4)


def test_a_file_of_no_bytes_has_no_chunk(user):
    turn = say_with(user, chat(user).id, "Look", ("empty", b""))

    assert chunks(turn.user.files[0].id) == []
    assert turn.user.files[0].size == 0


def test_a_stream_that_gives_a_little_at_a_time_is_read_to_its_end(user):
    data = b"abc" * 200_000
    with writing() as connection:
        file = store_file(connection, user, Slow(data), "slow.txt")

    assert (file.size, file.sha256, file.media_type) == (len(data), hashlib.sha256(data).digest(), "text/plain")
    assert b"".join(chunks(file.id)) == data


def test_a_file_over_the_limit_is_refused_before_it_is_read_to_its_end(make_app):
    with make_app(max_file_bytes=300_000).app_context():
        stream = io.BytesIO(bytes(5_000_000))
        with pytest.raises(FileTooLarge, match=r"“big.iso” is larger than 300 kB") as refused:
            spool_file(stream, "big.iso")
        spool_file(io.BytesIO(bytes(300_000)), "just.iso").close()

    assert stream.tell() <= 2 * CHUNK
    assert refused.value.facts == {"limit": 300_000}


def test_a_user_may_use_a_certain_space_which_equal_files_use_once(make_app):
    from tests.support.accounts import ALICE

    with make_app(files_each_bytes=10).app_context():
        session = chat(ALICE)
        say_with(ALICE, session.id, "One", ("a", b"123456"), ("b", b"1234"))
        say_with(ALICE, session.id, "Two", ("c", b"123456"))
        with pytest.raises(FilesFull, match=r"your files use 10 bytes of 10 bytes"):
            say_with(ALICE, session.id, "Three", ("d", b"1"))

        assert rows(File) == 2
        assert read_transcript(ALICE, session.id).session.message_count == 4


def test_a_turn_that_is_not_stored_leaves_no_file(user):
    def fail():
        with writing() as connection:
            store(user, connection, ("a.txt", b"text"))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()

    assert (rows(File), rows(FileChunk)) == (0, 0)


def test_a_large_file_takes_memory_for_a_few_chunks_only(user):
    class Zeros(io.RawIOBase):
        left = 24_000_000

        def read(self, size=-1):
            size = min(size, self.left)
            self.left -= size
            return bytes(size)

    tracemalloc.start()
    try:
        with spool_file(Zeros(), "zeros") as file, writing() as connection:
            store_files(connection, user, [file])
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert peak < 16 * CHUNK
    assert rows(FileChunk) == 92


@pytest.mark.parametrize(
    ("size", "text"),
    [(0, "0 bytes"), (1, "1 byte"), (999, "999 bytes"), (1000, "1.0 kB"), (9_949, "9.9 kB"), (9_960, "10 kB"),
     (999_499, "999 kB"), (999_500, "1.0 MB"), (25_000_000, "25 MB"), (5_000_000_000, "5.0 GB"), (10**13, "10,000 GB")],
)  # fmt: skip
def test_sizes_are_written_for_people(size, text):
    assert readable_size(size) == text
