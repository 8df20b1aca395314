"""A database file that was deleted, moved, replaced or damaged: nothing is acknowledged, and every door says why."""

import os
import shutil
import sqlite3
import threading

import pytest
from sqlalchemy import event

from tests.openai_api.asking import error
from tests.support.accounts import client_of
from tests.support.cast import chat, statements
from tests.support.doors import problem
from tests.support.waiting import eventually
from webapp.database.engine import db
from webapp.database.errors import DatabaseDamaged, DatabaseGone
from webapp.database.search_text import search_text

pytestmark = pytest.mark.one_database("Only SQLite's database is a file of ours.")


#: A commit waits for the disk (https://sqlite.org/pragma.html#pragma_synchronous).
FULL = 2
COMPLETION = {"model": "archivist", "messages": [{"role": "user", "content": "Hello"}]}


@pytest.fixture
def path(tmp_path, client):
    """The file under a running server that has it open."""
    assert client.get("/readyz").status_code == 200
    assert client.post("/api/v1/chat", json={"content": "Before"}).status_code == 201
    # A writer gives its connection back after its answer was read.
    eventually(lambda: not any(thread.name.startswith("writer") for thread in threading.enumerate()))
    return tmp_path / "minutebook.db"


def deleted(path):
    path.unlink()


def moved(path):
    path.rename(path.with_name("elsewhere.db"))


def replaced(path):
    shutil.copy(path, path.with_name("copy.db"))
    path.with_name("copy.db").replace(path)


def emptied_folder(path):
    for file in path.parent.glob("minutebook.db*"):
        file.unlink()


def log_deleted(path):
    path.with_name("minutebook.db-wal").unlink()


def new_and_empty(path):
    path.unlink()
    path.touch()


def folder_moved(path):
    folder = path.parent
    folder.rename(folder.with_name(f"{folder.name}-moved"))
    folder.mkdir()


LOSSES = (deleted, moved, replaced, emptied_folder, log_deleted, new_and_empty, folder_moved)


@pytest.mark.parametrize("lose", LOSSES)
def test_a_file_that_is_gone_takes_no_write_and_gives_no_answer(client, path, lose):
    lose(path)

    for _ in range(2):
        told = problem(client.post("/api/v1/chat", json={"content": "Lost?"}), 503)
        assert told["code"] == "database-gone"
        assert "deleted, moved or replaced" in told["detail"]
    assert problem(client.get("/api/v1/sessions"), 503)["code"] == "database-gone"
    page = client.post("/chat", data={"content": "Lost?"})
    assert page.status_code == 503
    assert "deleted, moved or replaced" in page.text
    assert error(client.post("/v1/chat/completions", json=COMPLETION), 503, "database_gone")
    assert "Retry-After" not in page.headers


@pytest.mark.parametrize("lose", LOSSES)
def test_a_file_that_is_gone_is_not_ready(client, path, lose):
    lose(path)

    told = client.get("/readyz")
    assert (told.status_code, told.json) == (503, {"status": "not ready", "failed": "database-gone"})
    assert client.get("/healthz").status_code == 200


def test_a_file_that_goes_away_in_mid_transaction_is_not_committed_to(app, user, path):
    elsewhere = path.with_name("elsewhere.db")
    event.listen(db.engine, "commit", lambda _connection: path.rename(elsewhere), insert=True, once=True)

    with pytest.raises(DatabaseGone):
        chat(user, "One")
    elsewhere.rename(path)
    with sqlite3.connect(path) as connection:
        assert connection.execute("SELECT content FROM messages WHERE role = 'user'").fetchall() == [("Before",)]


def test_a_file_that_was_put_back_goes_on(client, path):
    elsewhere = path.with_name("elsewhere.db")
    path.rename(elsewhere)
    problem(client.post("/api/v1/chat", json={"content": "Lost?"}), 503)
    elsewhere.rename(path)

    assert client.post("/api/v1/chat", json={"content": "Kept"}).status_code == 201
    assert client.get("/readyz").status_code == 200


def test_whether_the_file_is_there_costs_no_statement(app, user, path):
    with statements() as sent:
        chat(user)
    assert not any("PRAGMA" in statement.sql for statement in sent)


def test_a_log_that_was_deleted_is_not_made_anew_by_the_next_connection(app, user, path):
    held = [db.engine.raw_connection() for _ in range(db.engine.pool.checkedin() + 1)]
    log_deleted(path)

    with pytest.raises(DatabaseGone):
        db.engine.raw_connection().close()
    assert not path.with_name("minutebook.db-wal").exists()
    for connection in held:
        connection.close()


def test_a_log_that_sqlite_removed_with_the_last_connection_is_no_loss(client, path):
    with client.application.app_context():
        db.engine.dispose()
    assert not path.with_name("minutebook.db-wal").exists()

    assert client.post("/api/v1/chat", json={"content": "Kept"}).status_code == 201


def test_a_table_that_no_migration_makes_again_is_a_failure(client, path):
    with sqlite3.connect(path) as other:
        other.create_function("search_text", 1, search_text, deterministic=True)
        other.execute("ALTER TABLE sessions RENAME TO elsewhere")
    other.close()
    assert client.get("/api/v1/sessions").status_code == 500


@pytest.mark.parametrize("address", ["/sessions", "/api/v1/sessions", "/readyz", "/sign-in", "/healthz"])
def test_a_server_without_a_database_makes_none(make_app, tmp_path, address):
    file = tmp_path / "new" / "minutebook.db"
    app = make_app(database_url=f"sqlite:///{file}")

    client_of(app).get(address)

    assert not file.parent.exists()


def zero_the_header(path):
    with path.open("r+b") as file:
        file.write(bytes(100))


def write_text_over_it(path):
    path.write_text("This is no database.\n" * 1_000)


def overwrite_a_page_of_every_table(path):
    size = path.stat().st_size
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xff" * (size - 4096))


@pytest.mark.parametrize("damage", [zero_the_header, write_text_over_it, overwrite_a_page_of_every_table])
def test_a_damaged_file_is_told_in_a_sentence(app, client, tmp_path, damage):
    damage(tmp_path / "minutebook.db")

    told = problem(client.get("/api/v1/sessions"), 503)
    assert told["code"] == DatabaseDamaged.code
    page = client.get("/sessions")
    assert (page.status_code, "The database is damaged" in page.text) == (503, True)
    assert error(client.post("/v1/chat/completions", json=COMPLETION), 503, "database_damaged")
    assert client.get("/readyz").json["failed"] == "database-damaged"


def test_a_database_without_tables_is_told_in_a_sentence(app, client, tmp_path):
    os.truncate(tmp_path / "minutebook.db", 0)

    told = problem(client.get("/api/v1/sessions"), 503)
    assert told["code"] == "database-not-migrated"
    assert "minutebook db upgrade" in told["detail"]
    assert client.get("/readyz").json["failed"] == "migrations"


def test_a_commit_is_on_the_disk_before_it_is_acknowledged(real_commits, app):
    with app.app_context(), db.engine.connect() as connection:
        found = [connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in ("journal_mode", "synchronous")]

    assert found == ["wal", FULL]
