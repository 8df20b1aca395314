"""Which commands make a database, and what is done where there was one and is none."""

import shutil
import sqlite3
import subprocess
import urllib.error
import urllib.request

import pytest

from tests.support.commands import minutebook
from tests.support.disks import small_disk
from tests.support.server import MINUTEBOOK, Server, environment, furnish, running_server

pytestmark = pytest.mark.slow

MAKES_NONE = [
    ("verify",),
    ("db", "current"),
    ("db", "downgrade"),
    ("db", "stamp", "head"),
    ("users", "list"),
    ("users", "promote", "alice"),
    ("sessions", "list"),
    ("tokens", "list"),
]


def sentence(done):
    """What a command says that refused: a sentence, and no traceback."""
    assert done.returncode != 0
    assert "Traceback" not in done.stderr
    return done.stderr


def ready(url):
    try:
        with urllib.request.urlopen(f"{url}/readyz", timeout=20) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as refused:
        return refused.code, refused.read()


@pytest.fixture
def data_dir(tmp_path):
    return tmp_path / "data"


@pytest.fixture(scope="module")
def served_once(tmp_path_factory, sqlite_template):
    """A data folder whose book was served before."""
    folder = tmp_path_factory.mktemp("served")
    with running_server(None, furnish(folder, sqlite_template)):
        pass
    assert (folder / "database.id").stat().st_mode & 0o777 == 0o600
    return folder


@pytest.fixture
def served(served_once, data_dir):
    """A copy of it."""
    return shutil.copytree(served_once, data_dir)


@pytest.mark.parametrize("arguments", MAKES_NONE, ids=" ".join)
def test_a_command_that_finds_no_database_makes_none(data_dir, arguments):
    told = sentence(minutebook(data_dir, *arguments))

    assert "minutebook db upgrade" in told
    assert not (data_dir / "minutebook.db").exists()


def test_a_database_is_made_by_its_upgrade(data_dir):
    assert minutebook(data_dir, "db", "upgrade").returncode == 0

    assert (data_dir / "minutebook.db").stat().st_mode & 0o777 == 0o600
    with sqlite3.connect(data_dir / "minutebook.db") as connection:
        assert connection.execute("SELECT id FROM book").fetchone() == ((data_dir / "database.id").read_text().strip(),)


def lose(data_dir):
    for path in data_dir.glob("minutebook.db*"):
        path.unlink()


def empty(data_dir):
    lose(data_dir)
    (data_dir / "minutebook.db").touch()


def drop_the_tables(data_dir):
    lose(data_dir)
    sqlite3.connect(data_dir / "minutebook.db").execute("PRAGMA user_version = 1").connection.close()


@pytest.mark.parametrize("how", [lose, empty, drop_the_tables])
@pytest.mark.parametrize("arguments", [("serve",), ("db", "upgrade")], ids=" ".join)
def test_where_there_was_a_book_no_new_one_is_made(served, how, arguments):
    how(served)
    before = sorted(path.name for path in served.iterdir())

    told = sentence(minutebook(served, *arguments))

    assert "The data folder had a database" in told
    assert str(served / "minutebook.db") in told
    assert "minutebook db start-anew" in told
    assert sorted(path.name for path in served.iterdir()) == before


def test_a_new_book_is_begun_by_the_command_that_says_so(served):
    lose(served)
    known = (served / "database.id").read_text()

    assert minutebook(served, "db", "start-anew").returncode == 0

    assert (served / "database.id").read_text() != known
    with running_server(None, served) as url:
        assert ready(url)[0] == 200
    assert "There is a database at this address" in sentence(minutebook(served, "db", "start-anew"))


def test_a_backup_that_is_put_in_its_place_is_served(served, sqlite_template):
    lose(served)
    shutil.copy(sqlite_template, served / "minutebook.db")

    with running_server(None, served) as url:
        assert ready(url)[0] == 200


def test_where_postgres_had_a_book_an_empty_database_is_not_filled(postgres, data_dir):
    data_dir.mkdir()
    postgres.run_sql("CREATE DATABASE lost")
    url = postgres.url("lost")
    try:
        assert minutebook(data_dir, "db", "upgrade", url=url).returncode == 0
        postgres.run_sql("DROP SCHEMA public CASCADE; CREATE SCHEMA public", database="lost")

        for arguments in (("serve",), ("db", "upgrade")):
            told = sentence(minutebook(data_dir, *arguments, url=url))
            assert "The data folder had a database" in told
            assert "postgres@" not in told
        assert minutebook(data_dir, "db", "start-anew", url=url).returncode == 0
    finally:
        postgres.run_sql("DROP DATABASE lost WITH (FORCE)")


@pytest.mark.parametrize("arguments", [("serve",), ("db", "upgrade"), ("users", "list")], ids=" ".join)
def test_a_postgres_that_does_not_answer_is_told_in_a_sentence(data_dir, arguments):
    data_dir.mkdir()

    told = sentence(minutebook(data_dir, *arguments, url="postgresql://alice:secret-word@127.0.0.1:1/book"))

    assert "does not answer" in told
    assert "secret-word" not in told


@pytest.mark.parametrize("arguments", [("serve",), ("db", "upgrade"), ("verify",), ("users", "list")], ids=" ".join)
def test_a_damaged_database_is_told_in_a_sentence(served, arguments):
    with (served / "minutebook.db").open("r+b") as file:
        file.write(bytes(100))

    assert "The database is damaged" in sentence(minutebook(served, *arguments))


def test_a_worker_that_starts_without_its_database_makes_none(served):
    server = Server(None, served)
    try:
        lose(served)
        (worker,) = server.workers()
        subprocess.run(["kill", "-KILL", str(worker)], check=True)
        while server.workers() in ([worker], []):
            assert server.process.poll() is None
        status, told = ready(server.url)
        assert (status, b"database" in told) == (503, True)
        assert not (served / "minutebook.db").exists()
    finally:
        server.kill()


def test_a_server_starts_on_a_read_only_disk_and_says_so(tmp_path, sqlite_template):
    with small_disk(tmp_path / "disk") as disk:
        with running_server(None, furnish(disk.folder / "data", sqlite_template)):
            pass
        disk.make_read_only()
        log_dir = tmp_path / "log"
        log_dir.mkdir()
        database = disk.folder / "data" / "minutebook.db"
        key = (disk.folder / "data" / "secret.key").read_text().strip()
        with running_server(
            f"sqlite:///{database}", log_dir, MINUTEBOOK_DATA=str(database.parent), MINUTEBOOK_SECRET_KEY=key
        ) as url:
            assert ready(url) == (503, b'{"status":"not ready","failed":"database-read-only"}')
            with urllib.request.urlopen(f"{url}/sign-in", timeout=20) as page:
                assert page.status == 200


def test_one_address_of_a_file_means_one_file(tmp_path):
    """A relative address is read from where the command is started, by every part."""
    (tmp_path / "data").mkdir()
    env = environment("sqlite:///book.db", tmp_path / "data")
    subprocess.run([MINUTEBOOK, "db", "upgrade"], env=env, cwd=tmp_path, timeout=60, check=True)

    assert (tmp_path / "book.db").stat().st_size > 0
    assert [path for path in tmp_path.rglob("book.db") if path != tmp_path / "book.db"] == []
