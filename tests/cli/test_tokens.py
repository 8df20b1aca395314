"""`minutebook tokens …`, and whose account a command acts for."""

from datetime import timedelta

import pytest

from tests.support.accounts import ALICE, TOKEN_ID
from tests.support.cast import chat
from tests.support.commands import refused, run_command
from tests.support.doors import NOBODY
from tests.support.people import HERE, account, nobody_yet, rows, trail
from webapp.models import ApiToken, AuditEvent
from webapp.services.accounts.tokens import create_token, list_tokens, use_token

pytestmark = pytest.mark.one_database(
    "The services are tried on both databases; here it is about what a command reads and says."
)


@pytest.fixture
def run(app):
    return lambda *arguments, group="tokens", **options: run_command(app, group, *arguments, **options)


def newest(user):
    return list_tokens(user)[0]


def test_creating_prints_the_token_and_nothing_else(run, user):
    account("bob")

    code, said = run("create", "notes", "--user", "BOB")

    assert code == 0
    assert (said.startswith("mb_"), said.count("\n"), said.split()) == (True, 1, [said.strip()])
    user = use_token(said.strip(), HERE.address)
    assert (user.name, user.may_write) == ("bob", True)
    assert said.strip() not in str(rows(ApiToken))
    assert {event.via for event in rows(AuditEvent) if event.kind == "token-made"} == {"command line"}


def test_a_token_may_only_read_and_live_for_a_while(run, user):
    _, said = run("create", "notes", "--read-only", "--expires", "90d")

    token = newest(ALICE)
    assert not use_token(said.strip(), HERE.address).may_write
    assert (token.read_only, token.expires_at - token.created_at) == (True, timedelta(days=90))


@pytest.mark.parametrize(
    ("given", "meant"), [("12h", timedelta(hours=12)), ("4w", timedelta(weeks=4)), ("3660d", timedelta(days=3660))]
)
def test_a_life_is_given_in_hours_days_or_weeks(run, user, given, meant):
    assert run("create", "notes", "--expires", given)[0] == 0
    assert newest(ALICE).expires_at - newest(ALICE).created_at == meant


@pytest.mark.parametrize("given", ["", "90", "d", "-1d", "1.5d", "90 d", "90D", "1y", "٩٠d", "100000d", "90d\n"])
def test_what_is_no_life_is_told_so(run, user, given):
    refused(run("create", "notes", "--expires", given), "such as 90d", 2)


@pytest.mark.parametrize("given", ["0d", "3661d", "99999w"])
def test_a_life_out_of_range_is_told_so(run, user, given):
    refused(run("create", "notes", "--expires", given), "3660 days")
    assert [token.id for token in list_tokens(ALICE)] == [TOKEN_ID]


@pytest.mark.parametrize("name", ["", "x" * 81, "\udcff"])
def test_a_name_that_cannot_be_used_is_told_so(run, user, name):
    refused(run("create", name), "")
    assert [token.id for token in list_tokens(ALICE)] == [TOKEN_ID]


def test_the_list_has_a_line_for_each_and_no_secret(run, user):
    secret, token = create_token(ALICE, "my notes", read_only=True, lifetime=timedelta(days=1))
    use_token(secret, HERE.address)

    code, said = run("list")

    first, last = said.splitlines()
    assert code == 0
    assert first.startswith(f"{token.id}  {token.prefix}…  read-only, until {token.expires_at:%Y-%m-%d}")
    assert first.endswith("from 192.0.2.1  my notes")
    assert "read and write, until revoked" in last
    assert secret not in said


@pytest.mark.parametrize("by", ["id", "prefix", "secret"])
def test_a_token_is_revoked_by_its_id_its_first_letters_or_itself(run, user, by):
    secret, token = create_token(ALICE, "notes")
    names = {"id": token.id, "prefix": token.prefix, "secret": secret}

    assert run("revoke", names[by]) == (0, "Revoked: notes\n")

    assert use_token(secret, HERE.address) is None
    assert [token.id for token in list_tokens(ALICE)] == [TOKEN_ID]
    assert trail(ALICE)[-1] == "token-revoked"


def test_what_names_no_token_revokes_none(run, user):
    _, bobs = create_token(account("bob"), "notes")
    for name in ("", "mb_", "mb_the-", NOBODY, bobs.id, bobs.prefix):
        refused(run("revoke", name, "--user", "alice"), "0 tokens of alice")
    assert len(rows(ApiToken)) == 2


def test_where_there_are_several_accounts_it_must_be_said_whose(run, user):
    bob = account("bob")
    chat(bob, "Hello", title="Bob's")
    chat(ALICE, "Hello", title="Alice's")
    for group, *arguments in (("tokens", "list"), ("tokens", "create", "x"), ("sessions", "list")):
        refused(run(*arguments, group=group), "--user NAME (one of alice, bob)", 2)
        refused(run(*arguments, "--user", "carol", group=group), "There is no account “carol”.")

    assert run("list", "--user", "bob", group="sessions")[1].endswith("Bob's\n")
    assert run("list", "--user", "bob") == (0, "")
    assert len(rows(ApiToken)) == 1


def test_before_there_is_an_account_it_is_the_first_ones_to_be(run, user):
    chat(nobody_yet(), "Hello", title="Early")

    assert run("list", group="sessions")[1].endswith("Early\n")
    code, said = run("create", "early")
    assert code == 0
    assert use_token(said.strip(), HERE.address).id == ALICE.id
