"""Backups, restores and copies, as a person at the command line makes them."""

import shutil
import sqlite3
import subprocess
import zipfile

import pytest

from tests.support.accounts import ALICE, PASSWORD
from tests.support.books import everything
from tests.support.cast import chat, contents, say
from tests.support.commands import minutebook
from tests.support.server import MINUTEBOOK, environment
from webapp.database.engine import db
from webapp.database.transaction import leave_transaction, writing
from webapp.services.verification import Verification


@pytest.fixture
def run(database_url, tmp_path):
    """Run a command on the test's database; return its exit status and what it wrote."""

    def run_it(*arguments, url=database_url, stdin="", **env):
        done = minutebook(tmp_path, *map(str, arguments), url=url, said=stdin, **env)
        assert "Traceback" not in done.stderr, done.stderr
        return done.returncode, done.stdout + done.stderr

    return run_it


@pytest.fixture
def book(app):
    with app.app_context():
        session = chat(ALICE, ("Where is the key?", "Under the mat."), ("Größe?", "🗝"), title="Keys")
        return session.id


def test_a_backup_is_restored(app, run, book, tmp_path, engine_name):
    file = tmp_path / "kept.db"
    assert run("backup", file) == (0, f"Wrote {file} ({file.stat().st_size:,} bytes).\n")
    assert file.stat().st_mode & 0o777 == 0o600
    with app.app_context():
        before = everything(ALICE)
        say(ALICE, book, "Later?")
    status, said = run("restore", file)
    assert status == 1
    assert "--replace" in said
    if engine_name == "sqlite":
        status, said = run("restore", file, "--replace")
        assert status == 1
        assert "in use" in said
        with app.app_context():
            leave_transaction()
            db.engine.dispose()
    status, said = run("restore", file, "--replace")
    assert (status, "is kept" in said) == (0, True), said
    status, said = run("verify")
    assert (status, "nothing is wrong" in said) == (0, True), said
    with app.app_context():
        if engine_name == "postgres":
            assert everything(ALICE) == before
    kept = next(path for path in (*tmp_path.glob("*replaced-*"), *(tmp_path / "backups").glob("*replaced*")))
    found = sqlite3.connect(kept)
    assert found.execute("SELECT count(*) FROM messages").fetchone() == (6,)
    found.close()


def test_a_backup_never_overwrites(run, book, tmp_path):
    file = tmp_path / "kept.db"
    file.write_text("mine")
    status, said = run("backup", file)
    assert (status, file.read_text()) == (1, "mine")
    assert "exists already" in said
    status, said = run("backup", tmp_path / "nowhere" / "kept.db")
    assert status == 1
    assert "cannot be used" in said


@pytest.mark.parametrize("damage", ["text", "cut", "another database", "newer"])
def test_what_is_no_backup_is_refused(run, book, tmp_path, sqlite_template, damage):
    # A backup is an SQLite file on both databases.
    file = tmp_path / "kept.db"
    shutil.copy(sqlite_template, file)
    if damage == "text":
        file.write_text("This is no database.")
    elif damage == "cut":
        file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])
    elif damage == "another database":
        file.unlink()
        other = sqlite3.connect(file)
        other.execute("CREATE TABLE a (b)")
        other.close()
    else:
        other = sqlite3.connect(file)
        with other:
            other.execute("UPDATE alembic_version SET version_num = '9999'")
        other.close()
    status, said = run("restore", file, "--replace")
    assert status == 1
    assert str(file) in said
    assert run("verify")[0] == 0


def test_everything_is_exported_and_imported_again(app, run, book, tmp_path):
    file = tmp_path / "all.zip"
    assert run("export", "--user", "alice", file)[0] == 0
    assert zipfile.ZipFile(file).testzip() is None
    with app.app_context():
        before = everything(ALICE)
    status, said = run("import", file, "--user", "alice", "--yes")
    assert (status, "already here" in said) == (0, True), said
    assert run("users", "add", "bob", stdin=f"{PASSWORD}\n")[0] == 0
    status, said = run("import", file, "--user", "bob", "--yes")
    assert (status, "Imported" in said) == (0, True), said
    assert run("export", "--user", "alice", file)[0] == 1
    with app.app_context():
        after = everything(ALICE)
        # The report of the second reading is all that is new.
        for name in ("ingest_runs", "ingest_conversations"):
            before.pop(name), after.pop(name)
        assert after == before
        assert list(Verification().findings()) == []


def test_everything_is_copied_to_the_other_engine_and_back(app, run, book, tmp_path, request, engine_name):
    server = request.getfixturevalue("postgres")
    server.run_sql("CREATE DATABASE elsewhere")
    there = server.url("elsewhere") if engine_name == "sqlite" else f"sqlite:///{tmp_path}/there.db"
    back = f"sqlite:///{tmp_path}/back.db" if engine_name == "sqlite" else server.url("elsewhere")
    try:
        with app.app_context():
            before = everything(ALICE)
        status, said = run("copy", "--to", there)
        assert (status, "Verified" in said) == (0, True), said
        status, said = run("copy", "--to", there)
        assert (status, "has data already" in said) == (1, True), said
        status, said = run("copy", "--to", back, url=there)
        assert (status, "Verified" in said) == (0, True), said
        from dataclasses import replace

        from tests.conftest import _driver
        from webapp.cli.others import app_of_other
        from webapp.config.settings import Settings
        from webapp.state import current

        with app_of_other(replace(current(Settings, app)), _driver(back)) as other, other.app_context():
            assert everything(ALICE) == before
            assert contents(ALICE, book) == ["Where is the key?", "Under the mat.", "Größe?", "🗝"]
    finally:
        server.drop_database("elsewhere")


@pytest.mark.changes_schema
def test_a_backup_is_written_before_an_upgrade(run, book, tmp_path, app):
    with app.app_context():
        leave_transaction()
        db.engine.dispose()
    assert run("db", "downgrade")[0] == 0
    status, said = run("db", "upgrade")
    assert status == 0, said
    assert "Wrote the backup" in said
    (kept,) = (tmp_path / "backups").glob("minutebook-*-before-upgrade.db")
    found = sqlite3.connect(kept)
    assert found.execute("SELECT count(*) FROM messages").fetchone() == (4,)
    found.close()
    assert run("db", "downgrade")[0] == 0
    assert run("db", "upgrade", MINUTEBOOK_BACKUP_BEFORE_UPGRADE="no")[0] == 0
    assert len(list((tmp_path / "backups").glob("*.db"))) == 1

    # Only the newest are kept, and what is no backup of an upgrade stays.
    others = [
        f"minutebook-2020010{day}T000000Z-{why}.db" for day in (1, 2, 3) for why in ("before-upgrade", "scheduled")
    ]
    for name in (*others, "mine-before-upgrade.db"):
        (tmp_path / "backups" / name).touch()
    assert run("db", "downgrade")[0] == 0
    status, said = run("db", "upgrade", MINUTEBOOK_UPGRADE_BACKUPS_KEPT="2")
    assert status == 0, said
    assert said.count("Removed the older backup") == 3
    left = sorted(path.name for path in (tmp_path / "backups").glob("*.db"))
    assert kept.name in left
    assert len([name for name in left if name.endswith("Z-before-upgrade.db")]) == 2
    assert len([name for name in left if name.endswith("-scheduled.db")]) == 3
    assert "mine-before-upgrade.db" in left


def test_old_archived_chats_are_purged(app, run, book):
    from sqlalchemy import text

    from webapp.services.sessions.changes import archive_session

    with app.app_context():
        new = chat(ALICE, "New", title="New").id
        for each in (book, new):
            archive_session(ALICE, each)
        with writing() as connection:
            old = text("UPDATE sessions SET updated_at = '2020-01-01T00:00:00.000000Z' WHERE id = :id")
            connection.execute(old, {"id": book})
    status, said = run("purge", "--archived-before", "90d", "--dry-run")
    assert (status, "1 chats would be deleted" in said) == (0, True), said
    status, said = run("purge", "--archived-before", "90d", "--yes")
    assert (status, "Deleted permanently: 1 chats." in said) == (0, True), said
    with app.app_context():
        assert [row["id"] for row in everything(ALICE)["sessions"]] == [new]
    assert run("purge", "--archived-before", "soon")[0] == 2


@pytest.mark.one_database("The commands run in the test's process on both.")
def test_each_command_is_a_program(app, book, tmp_path, database_url):
    def run(*arguments):
        done = subprocess.run(
            [MINUTEBOOK, *map(str, arguments)], env=environment(database_url, tmp_path), cwd=tmp_path,
            capture_output=True, text=True, timeout=120, check=False,
        )  # fmt: skip
        assert (done.returncode, "Traceback" in done.stderr) == (0, False), done.stderr
        return done.stdout + done.stderr

    kept, archive, there = (tmp_path / name for name in ("kept.db", "all.zip", "there.db"))
    assert run("backup", kept) == f"Wrote {kept} ({kept.stat().st_size:,} bytes).\n"
    run("export", "--user", "alice", archive)
    assert zipfile.ZipFile(archive).testzip() is None
    assert "already here" in run("import", archive, "--user", "alice", "--yes")
    assert "Verified" in run("copy", "--to", f"sqlite:///{there}")
    assert "There is nothing to delete." in run("purge", "--archived-before", "90d", "--yes")
    with app.app_context():
        leave_transaction()
        db.engine.dispose()
    assert "is kept" in run("restore", kept, "--replace")
    assert "nothing is wrong" in run("verify")
