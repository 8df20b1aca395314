"""`minutebook users …`."""

import json
import os
import pty
import subprocess
from functools import partial

import pytest

from tests.support.accounts import ALICE, PASSWORD, SECRET
from tests.support.cast import chat
from tests.support.commands import refused, run_command
from tests.support.people import HERE, OTHER, account, nobody_yet, rows, trail
from tests.support.server import MINUTEBOOK, environment, furnish
from webapp.models import AuditEvent, SignIn, User
from webapp.services.accounts.accounts import find_account
from webapp.services.accounts.invitations import invite, list_invitations
from webapp.services.accounts.sign_ins import find_sign_in, sign_in
from webapp.services.accounts.status import disable_account
from webapp.services.accounts.tokens import create_token, use_token
from webapp.services.sessions.listing import list_sessions

pytestmark = pytest.mark.one_database(
    "The services are tried on both databases; here it is about what a command reads and says."
)


@pytest.fixture
def run(app):
    return partial(run_command, app, "users")


def enter(name, password=PASSWORD):
    return sign_in(name, password, HERE, remember=False)


def test_an_account_is_made_with_the_first_line_that_comes_in_as_its_password(run, user):
    assert run("add", " Bob ", input=f"{OTHER}\nanother line\n") == (0, "Created the account bob.\n")

    assert not enter("bob", OTHER)[1].is_admin
    assert trail(find_account("bob"))[0] == "account-made"
    assert {event.via for event in rows(AuditEvent) if event.kind == "account-made"} == {"command line"}


@pytest.mark.parametrize("line", [f"{OTHER}\r\n", OTHER])
def test_the_end_of_the_line_is_not_the_passwords(run, user, line):
    run("add", "bob", input=line)

    assert enter("bob", OTHER)


def test_an_administrator_is_made_when_asked_for(run, user):
    assert run("add", "bob", "--admin", input=PASSWORD) == (0, "Created the account bob (administrator).\n")
    assert find_account("bob").is_admin


def test_the_first_one_administers_and_owns_what_was_written_before(run, user):
    session = chat(nobody_yet(), "Hello")

    code, said = run("add", "ann", input=PASSWORD)

    assert (code, said.splitlines()) == (
        0,
        ["Created the account ann (administrator).", "It owns the chats from before the first account."],
    )
    assert [one.id for one in list_sessions(enter("ann")[1]).data] == [session.id]


@pytest.mark.parametrize(
    ("name", "password", "reason"),
    [
        ("alice", PASSWORD, "is taken"),
        ("ALICE", PASSWORD, "is taken"),
        ("a b", PASSWORD, "letters"),
        ("\udcff", PASSWORD, "letters"),
        ("bob", "short", "10 characters"),
        ("bob", "\n", "10 characters"),
        ("bob", "password123", "too common"),
    ],
)
def test_what_cannot_be_taken_is_told_in_a_sentence(run, user, name, password, reason):
    refused(run("add", name, input=password), reason)
    assert [row.name for row in rows(User)] == ["alice"]


def test_a_password_that_is_not_given_or_is_no_text_is_asked_for(run, user):
    refused(run("add", "bob", input=""), "first line of standard input", 2)
    refused(run("add", "bob", input=b"\xff\xfe and some more\n"), "UTF-8", 2)


def test_a_password_is_never_an_argument_and_never_told(run, user):
    refused(run("add", "bob", OTHER, input=PASSWORD), "unexpected extra argument", 2)
    assert OTHER not in run("add", "bob", input=OTHER)[1] + run("list")[1] + run("list", "--json")[1]
    assert OTHER not in run("reset-password", "bob", input=OTHER)[1]


def test_the_list_has_a_line_for_each_by_name(run, user):
    account("bob")
    enter("bob")
    disable_account(ALICE, account("carol", admin=True).id)

    code, said = run("list")

    alice, bob, carol = said.splitlines()
    assert code == 0
    assert alice.startswith("alice  since 2") and alice.endswith("last seen 2099-01-01, administrator")
    assert bob.startswith("bob  since ") and "last seen" in bob and "administrator" not in bob
    assert carol.endswith("not signed in, administrator, disabled")


def test_as_json_each_line_is_an_object_and_tells_no_hash(run, user):
    account("zoë")

    alice, zoe = map(json.loads, run("list", "--json")[1].splitlines())

    assert (alice["name"], alice["is_admin"], alice["disabled_at"]) == ("alice", True, None)
    assert (zoe["name"], zoe["seen_at"]) == ("zoë", None)
    assert zoe["created_at"].endswith("Z")
    assert set(zoe) == {"id", "name", "is_admin", "created_at", "disabled_at", "seen_at", "token_used_at"}


def test_an_empty_book_lists_nobody(run, user):
    nobody_yet()

    assert run("list") == (0, "")


@pytest.mark.parametrize(
    ("option", "revoked"), [((), True), (("--revoke-tokens",), True), (("--keep-tokens",), False)], ids=str
)
def test_its_tokens_end_with_the_old_password_unless_they_are_to_be_kept(run, user, option, revoked):
    bob = account("bob")
    secrets = [create_token(bob, name)[0] for name in ("one", "two")]

    code, said = run("reset-password", "bob", *option, input=OTHER)

    assert code == 0
    assert said.splitlines()[1:] == (["API tokens revoked: 2"] if revoked else [])
    assert {use_token(secret, HERE.address) is None for secret in secrets} == {revoked}


def test_a_password_is_set_anew_and_signs_out_everywhere(run, user):
    bob = account("bob")
    secret, _ = enter("bob")

    code, said = run("reset-password", "BOB", input=OTHER)

    assert (code, said) == (0, "Set the password of bob and signed it out everywhere.\n")
    assert find_sign_in(secret, HERE.address) is None
    assert enter("bob", OTHER)
    assert "password-reset" in trail(bob)
    refused(run("reset-password", "bob", input="short"), "10 characters")
    assert find_sign_in(SECRET, "127.0.0.1")


def test_an_account_is_let_administer_and_is_not_any_more_but_the_last_one(run, user):
    bob = account()
    assert run("promote", "bob") == (0, "bob is an administrator.\n")
    assert enter("bob")[1].is_admin
    invite(bob._replace(is_admin=True))
    assert run("promote", "bob", "--undo") == (0, "bob is no longer an administrator.\n")
    assert not enter("bob")[1].is_admin
    assert list_invitations(ALICE) == []
    assert trail(bob) == ["made-administrator", "sign-in", "invited", "no-administrator", "sign-in"]
    refused(run("promote", "alice", "--undo"), "last administrator")
    assert find_account("alice").is_admin


def test_an_account_is_disabled_and_enabled_again(run, user):
    bob = account("bob")
    enter("bob")

    assert run("disable", "bob") == (0, "bob is disabled.\n")

    assert rows(SignIn, bob) == []
    assert find_account("bob").disabled_at is not None
    assert run("disable", "bob", "--undo") == (0, "bob is enabled.\n")
    assert enter("bob")
    refused(run("disable", "alice"), "last administrator")


def test_an_account_is_removed_for_good_when_that_is_confirmed(run, user):
    bob = account("bob")
    chat(bob, "Hello")

    assert run("remove", "bob", input="n\n")[0] == 1
    assert list_sessions(bob).data
    code, said = run("remove", "bob", input="y\n")
    assert code == 0
    assert said.endswith("Deleted permanently: bob and all its data.\n")
    assert list_sessions(bob).data == []
    account("carol")
    assert run("remove", "carol", "--yes") == (0, "Deleted permanently: carol and all its data.\n")
    refused(run("remove", "alice", "--yes"), "last administrator")


@pytest.mark.parametrize("name", ["nobody", "\udcff", ""])
@pytest.mark.parametrize("command", ["reset-password", "promote", "disable", "remove"])
def test_a_name_that_nobody_has_is_told(run, user, command, name):
    more = ["--yes"] if command == "remove" else []

    refused(run(command, name, *more, input=PASSWORD), "There is no account")


def test_on_a_terminal_the_password_is_asked_for_twice_and_not_shown(tmp_path, sqlite_template):
    """A real process on a real terminal: what is typed differently the second time is asked for again."""
    data_dir = furnish(tmp_path / "data", sqlite_template)
    outside, inside = pty.openpty()
    child = subprocess.Popen(
        [MINUTEBOOK, "users", "add", "bob"],
        stdin=inside, stdout=inside, stderr=inside, start_new_session=True, env=environment(None, data_dir),
    )  # fmt: skip
    os.close(inside)
    said = b""
    try:
        for question, typed in (
            (b"Password: ", OTHER), (b"Repeat the password: ", "a typing error"), (b"Password: ", OTHER), (b"Repeat the password: ", OTHER),
        ):  # fmt: skip
            told = b""
            while not told.endswith(question):
                told += os.read(outside, 1)
            said += told
            os.write(outside, f"{typed}\n".encode())
        while True:
            try:
                said += os.read(outside, 1_000) or b"\0"
            except OSError:
                break
        assert child.wait(20) == 0
    finally:
        child.kill()
        child.wait()
        os.close(outside)

    assert said.decode().endswith("Created the account bob.\r\n")
    assert OTHER.encode() not in said
    signed_in = subprocess.run(
        [MINUTEBOOK, "users", "list"], env=environment(None, data_dir), capture_output=True, text=True, check=True
    )
    assert [line.split()[0] for line in signed_in.stdout.splitlines()] == ["alice", "bob"]
