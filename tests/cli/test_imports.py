"""`minutebook import` and `minutebook imports …`."""

from __future__ import annotations

import json

import pytest

from tests.support.accounts import ALICE
from tests.support.commands import minutebook, refused, run_command
from tests.support.exports import EXPORTS
from tests.support.ingest import jsonl, plain
from tests.support.people import account
from tests.support.server import Server, furnish
from webapp.database.transaction import leave_transaction
from webapp.services.ingest.runs import list_imports
from webapp.services.sessions.listing import SessionFilter, list_sessions

pytestmark = pytest.mark.one_database(
    "The services are tried on both databases; here it is about what a command reads and says."
)

TWO = jsonl(plain("Which tiles?", "Grey ones."), plain("Where is the key?", "In the shed.", "Thanks."))


@pytest.fixture
def run(app):
    return lambda *arguments, **options: run_command(app, *arguments, **options)


@pytest.fixture
def export(tmp_path):
    path = tmp_path / "chats.jsonl"
    path.write_bytes(TWO)
    return str(path)


def titles(user=ALICE):
    found = sorted(session.title for session in list_sessions(user, SessionFilter(archived="all")).data)
    leave_transaction()
    return found


def runs(user=ALICE):
    found = list_imports(user)
    leave_transaction()
    return found


def test_a_dry_run_reports_and_leaves_nothing(run, export, user):
    code, said = run("import", export, "--user", "alice", "--dry-run")

    assert code == 0
    assert "2 chats found (openai)" in said
    assert "2 new" in said
    assert "5 messages and 0 files to import" in said
    assert (titles(), runs()) == ([], [])


def test_a_dry_run_wins_over_yes(run, export, user):
    assert run("import", export, "--user", "alice", "--dry-run", "--yes")[0] == 0
    assert titles() == []


def test_it_asks_and_writes_only_after_yes(run, export, user):
    code, said = run("import", export, "--user", "alice", input="n\n")
    assert (code, titles(), runs()) == (0, [], [])
    assert "Nothing was imported." in said
    code, said = run("import", export, "--user", "alice", input="y\n")
    assert code == 0
    assert f"minutebook imports undo {runs()[0].id}" in said
    assert titles() == ["Where is the key?", "Which tiles?"]


def test_yes_asks_nothing(run, export, user):
    code, said = run("import", export, "--user", "alice", "--yes")
    assert code == 0
    assert "Import this?" not in said
    assert len(titles()) == 2


def test_a_second_import_has_nothing_new(run, export, user):
    run("import", export, "--user", "alice", "--yes")
    code, said = run("import", export, "--user", "alice", input="")
    assert code == 0
    assert "2 already here" in said
    assert "There is nothing new to import." in said
    assert len(titles()) == 2


def test_json_has_the_run_and_then_a_line_for_each_chat(run, app, export, user):
    done = app.test_cli_runner().invoke(args=["import", export, "--user", "alice", "--dry-run", "--json"])
    first, *lines = map(json.loads, done.stdout.splitlines())
    assert (first["state"], first["counts"]["messages"]) == ("ready", 5)
    assert [(line["title"], line["state"]) for line in lines] == [
        ("Which tiles?", "new"),
        ("Where is the key?", "new"),
    ]


def test_what_is_left_out_is_said(run, tmp_path, user):
    path = tmp_path / "torn.jsonl"
    path.write_bytes(TWO + b"\n{torn\n")
    _, said = run("import", str(path), "--user", "alice", "--dry-run")
    assert "1 record that cannot be read" in said


def test_a_format_can_be_named(run, export, user):
    assert run("import", export, "--user", "alice", "--yes", "--format", "openai")[0] == 0
    assert len(titles()) == 2
    refused(run("import", export, "--user", "alice", "--format", "nonsense"), "There is no format “nonsense”")


def test_a_folder_is_imported(run, tmp_path, user):
    folder = tmp_path / "exports" / "deep"
    folder.mkdir(parents=True)
    (folder / "a.jsonl").write_bytes(TWO)
    (folder.parent / "b.jsonl").write_bytes(jsonl(plain("And this?", "Yes.")))
    assert run("import", str(tmp_path / "exports"), "--user", "alice", "--yes")[0] == 0
    assert titles() == ["And this?", "Where is the key?", "Which tiles?"]
    assert (folder / "a.jsonl").exists()


def test_what_cannot_be_read_is_a_sentence(run, tmp_path, user):
    path = tmp_path / "notes.txt"
    path.write_text("Dear diary")
    refused(run("import", str(path), "--user", "alice", "--yes"), "seems to be a text")
    assert run("import", str(tmp_path / "nowhere"), "--user", "alice")[0] == 2
    assert runs() == []


def test_an_import_is_undone(run, export, user):
    run("import", export, "--user", "alice", "--yes")
    run_id = runs()[0].id
    code, said = run("imports", "list", "--user", "alice")
    assert code == 0
    assert run_id in said
    assert "chats.jsonl" in said
    assert run("imports", "undo", run_id, "--user", "alice", input="n\n")[0] == 1
    assert len(titles()) == 2
    code, said = run("imports", "undo", run_id, "--user", "alice", "--yes")
    assert code == 0
    assert "2 chats will be deleted" in said
    assert titles() == []
    refused(
        run("imports", "undo", "00000000-0000-7000-8000-000000000000", "--user", "alice", "--yes"), "no such import"
    )


def test_it_is_for_the_user_who_is_named(run, export, user):
    account("bob")
    refused(run("import", export, "--yes"), "--user NAME", code=2)
    assert run("import", export, "--yes", "--user", "bob")[0] == 0
    assert titles() == []
    _, listed = run("imports", "list", "--user", "alice")
    assert listed == ""


@pytest.mark.slow
def test_a_server_that_runs_beside_leaves_or_takes_the_work(tmp_path, sqlite_template):
    """Whichever process does the work, the command ends with the chats in the book, once."""
    furnish(tmp_path, sqlite_template)
    sample = EXPORTS / "chatgpt" / "librechat-chatgpt-tree.json"
    paths = []
    for number in range(4):
        paths.append(tmp_path / f"{number}.jsonl")
        paths[-1].write_bytes(jsonl(*(plain(f"Chat {number}-{chat}", "Yes. " * 50) for chat in range(50))))
    server = Server(None, tmp_path)
    try:
        given = (*paths, sample, sample)
        said = [minutebook(tmp_path, "import", str(path), "--user", "alice", "--yes") for path in given]
    finally:
        server.kill()
    assert [one.returncode for one in said] == [0] * 6, said
    assert "nothing new" in said[-1].stderr or "Imported" in said[-1].stderr
    listed = minutebook(tmp_path, "sessions", "list", "--user", "alice")
    assert "Chat 3-49" in listed.stdout


def test_ctrl_c_stops_the_import_and_says_how_to_go_on(app, run, tmp_path, user, monkeypatch):
    from webapp.services.ingest import pace
    from webapp.services.jobs.claims import Claim

    monkeypatch.setattr(pace, "_MOST", 100)
    path = tmp_path / "many.jsonl"
    path.write_bytes(jsonl(*(plain(*(f"Chat {chat}, {text}" for text in range(10))) for chat in range(40))))
    store = Claim.store
    stored = []

    def interrupted(self, connection, done, total):
        if self.kind == "import-write":
            stored.append(done)
            if len(stored) == 3:
                raise KeyboardInterrupt
        store(self, connection, done, total)

    monkeypatch.setattr(Claim, "store", interrupted)
    code, said = run("import", str(path), "--user", "alice", "--yes")
    assert code == 1
    (begun,) = runs()
    assert begun.is_stopped
    assert 0 < begun.written_to < 40
    assert f"Stopped after chat {begun.written_to} of 40." in said
    assert f"minutebook imports confirm {begun.id}" in said
    assert f"minutebook imports undo {begun.id}" in said
    assert "To go on" in run("imports", "stop", begun.id, "--user", "alice")[1]

    monkeypatch.setattr(Claim, "store", store)
    code, said = run("imports", "confirm", begun.id, "--user", "alice")
    assert (code, runs()[0].state) == (0, "done"), said
    assert len(list_sessions(ALICE, SessionFilter(archived="all"), limit=100).data) == 40
    leave_transaction()
    assert run("imports", "undo", begun.id, "--user", "alice", "--yes")[0] == 0
    assert titles() == []


def test_ctrl_c_while_the_files_are_read_leaves_nothing(app, run, export, user, monkeypatch):
    from webapp.services.ingest import reading

    def interrupted(*_arguments):
        raise KeyboardInterrupt

    monkeypatch.setattr(reading, "items_of", interrupted)
    code, said = run("import", export, "--user", "alice", "--yes")
    assert code == 1
    assert "Nothing was written" in said
    assert titles() == []
