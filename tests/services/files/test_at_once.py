"""Transactions that add and remove links of the same file at the same moment (PostgreSQL).

The order is forced: one transaction stops behind a statement until the other one has ended or waits for a lock.
"""

from __future__ import annotations

import pytest
from flask import current_app
from sqlalchemy import func, select

from tests.support.accounts import ALICE
from tests.support.cast import chat
from tests.support.files import png, say_with
from tests.support.interleaving import Elsewhere, meanwhile
from webapp.database.transaction import leave_transaction, read_connection
from webapp.errors import FilesFull
from webapp.models import File, FileChunk, MessageFile, table_of
from webapp.services.sessions.changes import archive_session, create_session
from webapp.services.sessions.forks import fork_session
from webapp.services.sessions.purge import purge_session
from webapp.services.strikes.strike import strike_message
from webapp.services.transcripts.reading import read_transcript
from webapp.services.verification import Verification

pytestmark = pytest.mark.one_database(
    "SQLite's writers come one after the other: nothing happens between two statements of one.", engine="postgres"
)

PICTURE = ("a.png", png())
FOUND, UNLINKED, LOCKED, DELETED = (
    "FROM files \nWHERE files.owner_id",
    "DELETE FROM message_files",
    "ORDER BY files.sha256",
    "DELETE FROM file_chunks",
)


def counted():
    leave_transaction()
    found = tuple(
        read_connection().scalar(select(func.count()).select_from(table_of(model)))
        for model in (File, FileChunk, MessageFile)
    )
    assert list(Verification().findings()) == []
    leave_transaction()
    return found


@pytest.fixture
def doomed(user):
    """Two archived chats with the same file."""
    made = [say_with(user, chat(user).id, f"Look {n}", PICTURE).session.id for n in range(2)]
    for session_id in made:
        archive_session(user, session_id)
    return made


@pytest.mark.parametrize("step", [UNLINKED, LOCKED])
def test_a_file_is_gone_when_its_last_two_chats_are_deleted_at_once(user, doomed, step):
    first, second = doomed
    meanwhile(step, lambda: purge_session(user, first), lambda: purge_session(user, second))

    assert counted() == (0, 0, 0)


@pytest.mark.parametrize("step", [UNLINKED, LOCKED, DELETED])
def test_a_file_stays_when_it_is_added_while_its_last_chat_is_deleted(user, doomed, step):
    purge_session(user, doomed[0])
    new = create_session(user).id
    meanwhile(step, lambda: purge_session(user, doomed[1]), lambda: say_with(user, new, "Again", PICTURE))

    assert counted() == (1, 1, 1)
    assert read_transcript(user, new).messages[0].files[0].name == "a.png"


@pytest.mark.parametrize("step", [FOUND, "INSERT INTO messages", "INSERT INTO message_files"])
def test_a_file_stays_when_its_last_chat_is_deleted_while_it_is_added(user, doomed, step):
    purge_session(user, doomed[0])
    new = create_session(user).id
    meanwhile(step, lambda: say_with(user, new, "Again", PICTURE), lambda: purge_session(user, doomed[1]))

    assert counted() == (1, 1, 1)
    assert read_transcript(user, new).messages[0].files[0].name == "a.png"


@pytest.mark.parametrize("step", [FOUND, "INSERT INTO files", "INSERT INTO file_chunks"])
def test_a_new_file_that_two_add_at_once_is_stored_once(user, step):
    first, second = (create_session(user).id for _ in range(2))
    others = [("b.txt", b"b"), PICTURE, ("c.txt", b"c")]
    meanwhile(step, lambda: say_with(user, first, "One", *others), lambda: say_with(user, second, "Two", *others[::-1]))

    assert counted() == (3, 3, 6)


def test_a_file_is_gone_when_it_is_struck_in_one_chat_while_another_is_deleted(user, doomed):
    struck = say_with(user, create_session(user).id, "Third", PICTURE)
    purge_session(user, doomed[0])
    meanwhile(UNLINKED, lambda: strike_message(user, struck.user.id), lambda: purge_session(user, doomed[1]))

    assert counted() == (0, 0, 0)


def test_a_file_of_forks_is_gone_when_both_are_deleted_at_once(user):
    origin = say_with(user, create_session(user).id, "Look", PICTURE).session.id
    forks = [fork_session(user, origin, 1).id for _ in range(2)]
    for session_id in (origin, *forks):
        archive_session(user, session_id)
    purge_session(user, origin)
    for one in [Elsewhere(lambda one=one: purge_session(user, one)) for one in forks]:
        one.result()

    assert counted() == (0, 0, 0)


def test_two_who_fill_the_space_at_once_do_not_overfill_it(make_app):
    with make_app(files_each_bytes=10).app_context():
        first, second = (create_session(ALICE).id for _ in range(2))

        def refused():
            with pytest.raises(FilesFull):
                say_with(ALICE, second, "Two", ("b", b"1234567"))
            return current_app.name

        assert meanwhile("INSERT INTO files", lambda: say_with(ALICE, first, "One", ("a", b"12345678")), refused)[1]
        assert counted() == (1, 1, 1)
