"""`verify` finds files that are damaged, lost, or somebody else's."""

from __future__ import annotations

import sqlite3

import psycopg
import pytest

from tests.support.cast import chat, stranger
from tests.support.files import png, say_with
from tests.support.scripted_assistants import answers, offer, run
from webapp.database.search_text import search_text
from webapp.database.transaction import leave_transaction
from webapp.ids import new_id
from webapp.services.sessions.changes import create_session
from webapp.services.verification import Verification

NOISE = bytes(range(256)) * 3000
BIG = "(SELECT id FROM files WHERE size = 768000)"

#: Statements on a chat with files, and all that is found then.
DAMAGES = {
    "the bytes are others": (
        "UPDATE file_chunks SET data = '{other}' WHERE file_id = (SELECT id FROM files WHERE size = 3)", "file"),
    "a chunk in the middle is lost": (
        f"DELETE FROM file_chunks WHERE file_id = {BIG} AND position = 1", "file"),
    "the last chunk is lost": (
        f"DELETE FROM file_chunks WHERE file_id = {BIG} AND position = 2", "file"),
    "all chunks are lost": ("DELETE FROM file_chunks", "file"),
    "chunks have changed places": (
        f"UPDATE file_chunks SET position = position + 10 WHERE file_id = {BIG}", "file"),
    "a chunk is too many": (
        f"INSERT INTO file_chunks (file_id, position, data) SELECT file_id, 3, data FROM file_chunks WHERE file_id = {BIG} AND position = 0", "file"),
    "a size is wrong": ("UPDATE files SET size = size + 1 WHERE size = 3", "file"),
    "a hash is wrong": (
        f"UPDATE files SET sha256 = {{hash}} WHERE id = {BIG}", "file digest replaced"),
    "a file is lost": (
        f"DELETE FROM files WHERE id = {BIG}", "no-file digest replaced reference"),
    "a file is in no message": (
        f"DELETE FROM message_files WHERE file_id = {BIG}", "unused-file digest replaced"),
    "a file was added to a message": (
        "INSERT INTO message_files (message_id, position, file_id, name) SELECT id, 0, (SELECT id FROM files WHERE size = 3), 'x' FROM messages WHERE content = 'Plain'",
        "file-version"),
    "files have changed places": (
        "UPDATE message_files SET position = position + 5 WHERE position = 0", "digest replaced"),
    "a name is another": ("UPDATE message_files SET name = 'other' WHERE name = 'a.txt'", "digest replaced"),
    "a message is lost": (
        "DELETE FROM messages WHERE content = 'Alone'", "lost reference"),
    "a file is somebody else's": (
        "UPDATE files SET owner_id = '{bob}' WHERE size = 3", "wrong-owner"),
    "a file has no owner": (
        "UPDATE files SET owner_id = '{nobody}' WHERE size = 3", "no-owner wrong-owner reference"),
    "a struck message has a file": (
        "UPDATE messages SET content = '', struck_at = create_time, struck_digest = (SELECT digest FROM session_messages WHERE message_id = messages.id) WHERE content = 'Alone'",
        "struck"),
    "a version is wrong": (
        "UPDATE session_messages SET digest_version = 1 WHERE digest_version = 2", "digest file-version"),
}  # fmt: skip


@pytest.fixture
def book(user):
    """A chat with files, of which an edit has replaced a message with files, and another chat with a file."""
    chat(user, "Plain")
    session = say_with(user, create_session(user).id, "Two", ("a.txt", b"abc"), ("noise", NOISE)).session
    offer(*answers("Noted."))
    run(user, "Edited", session.id, edits_idx=0, assistant="scripted")
    say_with(user, create_session(user).id, "Alone", ("a.png", png()))


@pytest.fixture
def damage(database_url):
    finals = ("messages_are_final", "struck_messages_stay_empty", "message_files_are_final")

    def on_sqlite(statement):
        connection = sqlite3.connect(database_url.removeprefix("sqlite:///"), isolation_level=None, timeout=20)
        connection.create_function("search_text", 1, search_text, deterministic=True)
        connection.execute("PRAGMA foreign_keys = OFF")
        made = [
            connection.execute("SELECT sql FROM sqlite_master WHERE name = ?", (name,)).fetchone()[0] for name in finals
        ]
        connection.execute("BEGIN IMMEDIATE")
        for step in (*(f"DROP TRIGGER {name}" for name in finals), statement, *made):
            connection.execute(step)
        connection.execute("COMMIT")
        connection.close()

    def on_postgres(statement):
        with psycopg.connect(database_url) as connection:
            connection.execute("SET session_replication_role = replica")
            connection.execute(statement)

    return on_sqlite if database_url.startswith("sqlite") else on_postgres


def kinds(**options):
    leave_transaction()
    found = {finding.what for finding in Verification(**options).findings()}
    leave_transaction()
    return found


def test_a_book_with_files_is_well(book):
    assert kinds() == kinds(quick=True) == set()


@pytest.mark.parametrize("name", DAMAGES)
def test_a_damaged_file_is_found(user, book, damage, engine_name, name):
    statement, expected = DAMAGES[name]
    zeros = "00" * 32
    digest = f"X'{zeros}'" if engine_name == "sqlite" else f"decode('{zeros}', 'hex')"
    damage(statement.format(bob=stranger().id, nobody=new_id(), hash=digest, other="xyz"))

    sqlite_only = {"reference", "wrong-index"}
    # Names of files are searched, so that a change that no trigger saw is one of the full-text index, too.
    found = kinds() - {"wrong-index"}
    assert found == {kind for kind in expected.split() if engine_name == "sqlite" or kind not in sqlite_only} - {
        "wrong-index"
    }


def test_the_quick_check_finds_what_is_lost_without_reading_bytes(user, book, damage):
    damage(f"DELETE FROM file_chunks WHERE file_id = {BIG} AND position = 1")

    assert kinds(quick=True) == {"file"}


def test_the_number_of_files_is_counted(book):
    verification = Verification()
    assert list(verification.findings()) == []
    assert verification.counts.files == 3
