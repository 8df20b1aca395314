"""A disk that is full or read-only: writes are refused in a sentence, nothing is lost, and reading goes on."""

import shutil
import sqlite3
import subprocess
import sys

import pytest

from tests.openai_api.asking import error
from tests.support.accounts import client_of
from tests.support.cast import eventually, live_rows
from tests.support.disks import small_disk
from tests.support.doors import problem
from tests.support.scripted_assistants import ask, held
from webapp.services.live.process.pool import Runner
from webapp.state import current

pytestmark = pytest.mark.one_database("Only SQLite's disk is one of ours.")


COMPLETION = {"model": "archivist", "messages": [{"role": "user", "content": "Hello"}]}


@pytest.fixture
def disk(tmp_path):
    with small_disk(tmp_path / "disk") as disk:
        yield disk


@pytest.fixture
def book(disk, sqlite_template):
    """A database file on the small disk, as it is after the server that wrote it has ended."""
    return shutil.copy(sqlite_template, disk.folder / "minutebook.db")


@pytest.fixture
def app(make_app, disk, book):
    return make_app(data_dir=disk.folder, database_url=f"sqlite:///{book}")


def assert_refused(client, status, code, words):
    """Check that every door refuses a write with these words."""
    told = problem(client.post("/api/v1/sessions", json={}), status)
    assert (told["code"], words in told["detail"]) == (code, True)
    assert problem(client.post("/api/v1/chat", json={"content": "Hello"}), status)["code"] == code
    page = client.post("/chat", data={"content": "Hello"})
    assert (page.status_code, words in page.text) == (status, True)
    assert (
        words in error(client.post("/v1/chat/completions", json=COMPLETION), status, code.replace("-", "_"))["message"]
    )
    assert "Retry-After" not in page.headers


def test_a_full_disk_is_told_as_such_and_still_read(app, client, disk):
    kept = client.post("/api/v1/chat", json={"content": "Before"}).json["session_id"]
    disk.fill()

    assert_refused(client, 507, "disk-full", "The disk is full. Nothing was changed")
    assert client.get("/readyz").json == {"status": "not ready", "failed": "disk-full"}
    assert [chat["id"] for chat in client.get("/api/v1/sessions").json["data"]] == [kept]
    assert client.get(f"/sessions/{kept}").status_code == 200


def test_a_disk_that_has_space_again_takes_writes_again(app, client, disk):
    ballast = disk.fill()
    assert client.post("/api/v1/chat", json={"content": "Hello"}).status_code == 507

    ballast.unlink()

    assert client.get("/readyz").status_code == 200
    assert client.post("/api/v1/chat", json={"content": "Hello"}).status_code == 201


def test_a_disk_that_runs_full_while_a_reply_is_written_loses_none_of_it(app, user, disk, caplog):
    with held("Grey") as gate:
        live = ask(user, "Which?")
        draft = current(Runner, app).find(live.session_id)
        gate.await_reply()
        ballast = disk.fill()
        gate.open()
        eventually(lambda: draft.is_claimed and "DiskFull" in caplog.text)
        assert draft.outcome is None
        ballast.unlink()
        assert draft.wait_for_end(30)
    assert live_rows() == []
    assert draft.outcome.turn.assistant.content == "Grey And the rest."


def leave_a_log(book):
    """Write to a book and die before the log is put into the file, as a killed server does."""
    code = "import os, sqlite3, sys; c = sqlite3.connect(sys.argv[1]); c.execute(\"UPDATE users SET name = 'logged'\"); c.commit(); os._exit(0)"
    subprocess.run([sys.executable, "-c", code, str(book)], check=True)


def clean(_book):
    pass


def with_a_log(book):
    with sqlite3.connect(book) as connection:
        assert connection.execute("PRAGMA journal_mode = WAL").fetchone() == ("wal",)
    connection.close()
    leave_a_log(book)


def with_a_log_and_no_index(book):
    with_a_log(book)
    book.with_name("minutebook.db-shm").unlink()


@pytest.mark.parametrize("state", [clean, with_a_log, with_a_log_and_no_index])
def test_a_server_that_starts_on_a_read_only_disk_reads_all_that_was_kept(make_app, disk, book, state):
    with sqlite3.connect(book) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
    connection.close()
    state(book)
    disk.make_read_only()
    client = make_app(data_dir=disk.folder, database_url=f"sqlite:///{book}").test_client()

    assert client.get("/api/v1/account").json["name"] == ("alice" if state is clean else "logged")
    assert client.get("/sessions").status_code == 200
    assert_refused(client, 503, "database-read-only", "is read-only: its file")
    assert client.get("/readyz").json == {"status": "not ready", "failed": "database-read-only"}


def test_a_sign_in_on_a_read_only_disk_is_refused_with_the_same_sentence(make_app, disk, book):
    disk.make_read_only()
    nobody = client_of(make_app(data_dir=disk.folder, database_url=f"sqlite:///{book}"))

    told = nobody.post("/sign-in", data={"name": "alice", "password": "thirty-one green bottles"})
    assert (told.status_code, "is read-only: its file" in told.text) == (503, True)
