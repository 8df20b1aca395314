"""`minutebook sessions …`."""

import json
import re

import pytest
from sqlalchemy import update

from tests.support.accounts import ALICE, PASSWORD
from tests.support.cast import chat, stranger
from tests.support.doors import NOBODY
from tests.support.files import say_with
from tests.support.library import fill
from tests.support.scripted_assistants import answers, offer
from tests.support.scripted_assistants import run as ask_scripted
from webapp.database.transaction import writing
from webapp.models import User, table_of
from webapp.services.accounts.accounts import create_account
from webapp.services.instructions.settings import change_account_settings
from webapp.services.sessions.changes import archive_session, get_session


@pytest.fixture
def run(app):
    """Run a command and return how it ended and what it said."""

    def run(*arguments, **options):
        done = app.test_cli_runner().invoke(args=["sessions", *arguments], **options)
        assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
        return done.exit_code, done.output

    return run


def refused(outcome, reason):
    code, said = outcome
    assert code == 1
    assert said.startswith("Error: ")
    assert reason in said
    assert len(said.strip().splitlines()) == 1


def test_a_transcript_names_the_files_of_its_messages(app, run):
    with app.app_context():
        session = say_with(ALICE, chat(ALICE).id, "", ("a.png", b"a"), ("b.txt", b"b")).session

    code, said = run("show", session.id)
    assert code == 0
    assert "UTC\n[file: a.png]\n[file: b.txt]\n\n2. assistant" in said


def test_an_empty_book_lists_nothing(run):
    assert run("list") == (0, "")


def test_the_list_has_a_line_for_each_chat_pinned_first_then_newest(app, run):
    with app.app_context():
        chat(ALICE, "Hello", title="Old")
        chat(ALICE, title="Top", pinned=True)
        new = chat(ALICE, "a", "b", title="Neu ✓")
        chat(stranger(), title="Bob's")
    code, said = run("list")
    lines = said.splitlines()
    assert (code, [line.split("  ")[-1].strip() for line in lines]) == (0, ["Top", "Neu ✓", "Old"])
    assert lines[1].startswith(new.id)
    assert " 4 " in lines[1]


def test_archived_ones_are_listed_when_asked_for(app, run):
    with app.app_context():
        archive_session(ALICE, chat(ALICE, title="Gone").id)
        chat(ALICE, title="Here")
    assert [line[-4:] for line in run("list")[1].splitlines()] == ["Here"]
    assert [line[-4:] for line in run("list", "--archived")[1].splitlines()] == ["Gone"]
    assert [line[-4:] for line in run("list", "--all")[1].splitlines()] == ["Here", "Gone"]


@pytest.mark.parametrize(("limit", "expected"), [("1", 1), ("50", 50), ("130", 130), ("9999", 230)])
def test_a_limit_may_be_more_than_a_page(app, run, limit, expected):
    with app.app_context():
        fill(ALICE, 230, vary=lambda _: {"archived": False})
    code, said = run("list", "--limit", limit)
    assert (code, len(set(said.splitlines()))) == (0, expected)


def test_as_json_each_line_is_an_object(app, run):
    with app.app_context():
        session = chat(ALICE, "Hello", title="Zürich")
    (line,) = run("list", "--json")[1].splitlines()
    told = json.loads(line)
    assert (told["id"], told["title"], told["message_count"], told["pinned"]) == (session.id, "Zürich", 2, False)
    assert told["created_at"].endswith("Z")


def test_a_transcript_is_numbered_as_on_the_page(app, run):
    with app.app_context():
        session = chat(ALICE, ("Where?", "Under the mat."), title="Keys")
    code, said = run("show", session.id.upper())
    assert code == 0
    assert said.startswith("Keys\n")
    assert "1. user," in said
    assert "2. assistant," in said
    assert "UTC\nUnder the mat.\n" in said


def test_a_chat_is_renamed_and_unnamed(app, run):
    with app.app_context():
        session = chat(ALICE, "Where is the key?", title="Keys")
    assert run("rename", session.id, " Doors ") == (0, "Doors\n")
    assert run("rename", session.id, "") == (0, "Where is the key?\n")
    refused(run("rename", session.id, "a" * 201), "limit is 200")


def test_a_chat_is_archived_restored_and_deleted_for_good(app, run):
    with app.app_context():
        session = chat(ALICE, "Hello", title="Keys")
    refused(run("purge", session.id, "--yes"), "Archive it first")
    assert run("archive", session.id) == (0, "")
    assert run("restore", session.id) == (0, "")
    assert run("archive", session.id) == (0, "")
    code, said = run("purge", session.id, input="n\n")
    assert (code, "Delete this chat permanently?" in said) == (1, True)
    with app.app_context():
        assert get_session(ALICE, session.id).archived
    assert run("purge", session.id, "--yes") == (0, "Deleted permanently: Keys\n")
    refused(run("show", session.id), "There is no such chat")


@pytest.mark.parametrize("command", [("show",), ("rename", "x"), ("archive",), ("restore",), ("purge", "--yes")])
def test_what_is_not_there_or_somebody_elses_or_no_id_is_told(app, run, command):
    name, *more = command
    with app.app_context():
        theirs = chat(stranger(), title="Bob's")
    for session_id in (NOBODY, theirs.id):
        refused(run(name, session_id, *more), "There is no such chat")
    code, said = run(name, "nonsense", *more)
    assert (code, "not a valid UUID" in said) == (2, True)


@pytest.fixture
def bob(app):
    """A second account."""
    with app.app_context():
        return create_account("bob", PASSWORD, is_admin=False, via="tests")


COMMANDS = {
    "list": (),
    "show": ("{id}",),
    "rename": ("{id}", "x"),
    "archive": ("{id}",),
    "restore": ("{id}",),
    "purge": ("{id}", "--yes"),
}


@pytest.mark.parametrize("command", COMMANDS)
def test_where_there_are_several_accounts_nothing_is_done_before_it_is_said_whose_chats_are_meant(
    app, run, bob, command
):
    with app.app_context():
        session = archive_session(ALICE, chat(ALICE, title="Keys").id)
    arguments = [argument.format(id=session.id) for argument in COMMANDS[command]]
    code, said = run(command, *arguments)
    assert (code, "Keys" in said) == (2, False)
    assert "There are several accounts. Choose one: --user NAME (one of alice, bob)." in said
    with app.app_context():
        assert get_session(ALICE, session.id) == session


def test_a_command_acts_for_the_account_that_is_named(app, run, bob):
    with app.app_context():
        chat(ALICE, title="Alice's")
        session = chat(bob, "Hello", title="Bob's")
    assert [line[-5:] for line in run("list", "--user", "bob")[1].splitlines()] == ["Bob's"]
    assert [line[-7:] for line in run("list", "--user", "ALICE")[1].splitlines()] == ["Alice's"]
    for command, more in COMMANDS.items():
        if command != "list":
            arguments = [argument.format(id=session.id) for argument in more]
            refused(run(command, *arguments, "--user", "alice"), "There is no such chat")
    assert run("show", session.id, "--user", "Bob")[1].startswith("Bob's\n")
    assert run("rename", session.id, "Mine", "--user", "bob") == (0, "Mine\n")
    assert run("archive", session.id, "--user", "bob") == (0, "")
    assert run("restore", session.id, "--user", "bob") == (0, "")
    assert run("archive", session.id, "--user", "bob") == (0, "")
    assert run("purge", session.id, "--yes", "--user", "bob") == (0, "Deleted permanently: Mine\n")


def test_an_account_that_is_not_there_is_told(run):
    refused(run("list", "--user", "nobody"), "There is no account “nobody”.")


def test_before_there_is_an_account_they_act_on_what_was_written_here(app, run):
    with app.app_context():
        chat(ALICE, title="Early")
        with writing() as connection:
            connection.execute(update(table_of(User)).values(name="local", password_hash=None, admin_since=None))
    assert run("list")[1].endswith("  Early\n")


def test_a_transcript_is_printed_with_what_it_was_made_with(app, run):
    with app.app_context():
        change_account_settings(ALICE, {"instructions": "Be brief."})
        offer(*answers("Noted."))
        session = ask_scripted(ALICE, "Hello", assistant="scripted").turn.session
        change_account_settings(ALICE, {"instructions": None})
        ask_scripted(ALICE, "And now?", session.id, assistant="scripted")

    said = run("show", session.id)[1]

    assert re.search(r"\n\nInstructions of the user, \S+ \S+ UTC\nBe brief\.\n\n1\. user", said)
    assert re.search(r"\nInstructions of the user, \S+ \S+ UTC: none from here on\n\n3\. user", said)
    assert json.loads(run("list", "--json")[1])["id"] == session.id
