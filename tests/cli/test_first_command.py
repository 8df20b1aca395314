"""The first command on an empty folder works, or says in a sentence what to do."""

import sqlite3
from functools import partial

import pytest

from tests.support.accounts import PASSWORD
from tests.support.commands import minutebook


@pytest.fixture
def run(tmp_path):
    """Run `minutebook` on a data folder that holds nothing."""
    return partial(minutebook, tmp_path)


def test_the_first_account_can_be_made_before_anything_else(run, tmp_path):
    done = run("users", "add", "ann", said=f"{PASSWORD}\n")
    assert (done.returncode, done.stdout.splitlines()[0]) == (0, "Created the account ann (administrator).")
    assert "Traceback" not in done.stderr
    assert run("users", "list").stdout.startswith("ann ")
    assert run("verify").returncode == 0


def test_an_older_database_is_brought_up_to_date_first(run, tmp_path):
    assert run("db", "upgrade", "0007").returncode == 0
    assert run("users", "list").returncode == 1
    assert run("users", "add", "ann", said=f"{PASSWORD}\n").returncode == 0
    assert run("users", "list").stdout.startswith("ann ")


@pytest.mark.parametrize(
    "command",
    [
        ("users", "list"),
        ("users", "disable", "ann"),
        ("users", "reset-password", "ann"),
        ("tokens", "create", "a program"),
        ("tokens", "list"),
        ("sessions", "list"),
        ("verify",),
    ],
    ids=" ".join,
)
def test_any_other_command_says_what_to_do(run, tmp_path, command):
    done = run(*command, said=f"{PASSWORD}\n")
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].startswith("Error: ")
    assert "minutebook db upgrade" in done.stderr
    assert "Traceback" not in done.stderr
    assert run(*command, "--help").returncode == 0


def test_a_name_that_cannot_be_taken_is_said_before_the_password_is_asked_for(run, tmp_path):
    done = run("users", "add", "a/b")
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].startswith("Error: The name has other characters")
    with sqlite3.connect(tmp_path / "minutebook.db") as connection:
        assert connection.execute("SELECT name FROM users").fetchall() == [("local",)]
    connection.close()
