import pytest
from sqlalchemy import text

from tests.support.accounts import ALICE, PASSWORD, SECRET, TOKEN
from tests.support.cast import chat, contents, stranger
from tests.support.doors import NOBODY
from tests.support.people import HERE, account, alter, nobody_yet, rows, together, trail
from webapp.database.transaction import leave_transaction, writing
from webapp.errors import AlreadySetUp, Conflict, Forbidden, NotFound
from webapp.models import LOCAL_USER_ID, Invitation, SignIn, User
from webapp.services.accounts.accounts import (
    all_accounts,
    create_account,
    create_first_account,
    find_account,
    has_account,
    list_accounts,
)
from webapp.services.accounts.invitations import invite, list_invitations, withdraw_invitation
from webapp.services.accounts.sign_ins import find_sign_in, sign_in
from webapp.services.accounts.status import disable_account, enable_account
from webapp.services.accounts.tokens import create_token, use_token
from webapp.services.sessions.changes import archive_session, create_session
from webapp.services.sessions.listing import list_sessions


def test_the_first_account_takes_over_what_was_said_before_and_administers(user):
    before = nobody_yet()
    session = chat(before, ("Where is the key?", "Under the mat."))
    assert not has_account()

    ann = create_first_account(" Ann ", PASSWORD, via="setup", address="192.0.2.1")

    assert (ann.id, ann.name, ann.is_admin, has_account()) == (LOCAL_USER_ID, "ann", True, True)
    assert [summary.id for summary in list_sessions(ann).data] == [session.id]
    assert contents(ann, session.id) == ["Where is the key?", "Under the mat."]
    assert [(one.name, one.is_admin) for one in all_accounts()] == [("ann", True)]
    assert trail(ann) == ["account-made"]
    assert sign_in("ann", PASSWORD, HERE, remember=False)[1].is_admin


def test_whoever_is_made_first_administers_even_if_not_asked_to(user):
    nobody_yet()

    ann = create_account("ann", PASSWORD, is_admin=False, via="command line")
    ben = create_account("ben", PASSWORD, is_admin=False, via="command line")

    assert (ann.id, ann.is_admin) == (LOCAL_USER_ID, True)
    assert (ben.is_admin, list_sessions(ben).data) == (False, [])


def test_there_is_no_second_first_account(user):
    with pytest.raises(AlreadySetUp):
        create_first_account("mallory", PASSWORD, via="setup")
    assert [one.name for one in all_accounts()] == ["alice"]


def test_of_two_who_set_up_at_once_one_has_the_account(app, user):
    nobody_yet()

    outcomes = together(app, *(lambda name=name: create_first_account(name, PASSWORD, via="setup") for name in "abcd"))

    (made,) = [outcome for outcome in outcomes if not isinstance(outcome, Exception)]
    assert [type(outcome) for outcome in outcomes if outcome is not made] == [AlreadySetUp] * 3
    assert [(one.name, one.is_admin) for one in all_accounts()] == [(made.name, True)]
    assert trail(ALICE) == ["account-made"]


def test_a_first_account_may_not_have_the_name_of_somebody_who_was_here_before(user):
    nobody_yet()
    stranger("bob")

    with pytest.raises(Conflict, match="is taken"):
        create_first_account("Bob", PASSWORD, via="setup")
    assert not has_account()


def test_who_has_no_password_is_no_account(user):
    stranger("ghost")

    assert [one.name for one in all_accounts()] == ["alice"]
    with pytest.raises(NotFound):
        find_account("ghost")


def test_an_administrator_sees_who_there_is_and_when_they_were_here(user):
    bob = account("bob")
    sign_in("bob", PASSWORD, HERE, remember=False)
    secret, _ = create_token(bob, "notes")
    use_token(secret, HERE.address)

    listed = {one.name: one for one in list_accounts(ALICE)}

    assert list(listed) == ["alice", "bob"]
    assert (listed["alice"].is_admin, listed["bob"].is_admin) == (True, False)
    assert listed["bob"].seen_at == rows(SignIn, bob)[0].seen_at
    assert listed["bob"].token_used_at is not None and listed["bob"].disabled_at is None


def test_only_administrators_do_what_administrators_do(user):
    bob = account("bob")
    for act in (
        lambda: list_accounts(bob),
        lambda: disable_account(bob, ALICE.id),
        lambda: enable_account(bob, bob.id),
        lambda: invite(bob),
        lambda: invite(bob, account_id=ALICE.id),
        lambda: list_invitations(bob),
        lambda: withdraw_invitation(bob, NOBODY),
    ):
        with pytest.raises(Forbidden):
            act()
    assert find_account("alice").disabled_at is None
    assert rows(Invitation) == []


def test_a_disabled_account_is_let_in_by_nothing_and_keeps_what_it_owns(user):
    bob = account("bob")
    session = chat(bob, "Hello")
    browser, _ = sign_in("bob", PASSWORD, HERE, remember=True)
    program, _ = create_token(bob, "notes")

    disable_account(ALICE, bob.id)

    assert find_sign_in(browser, HERE.address) is None
    assert use_token(program, HERE.address) is None
    assert rows(SignIn, bob) == []
    assert contents(bob, session.id) == ["Hello", "Noted."]
    assert find_sign_in(SECRET, "127.0.0.1").user.id == use_token(TOKEN, "127.0.0.1").id == ALICE.id
    enable_account(ALICE, bob.id)
    assert find_sign_in(browser, HERE.address) is None
    assert use_token(program, HERE.address).id == bob.id
    assert sign_in("bob", PASSWORD, HERE, remember=False)[1].id == bob.id
    assert [kind for kind in trail(bob) if "account" in kind] == ["account-disabled", "account-enabled"]


def test_a_sign_in_that_outlived_its_account_opens_nothing(user):
    bob = account("bob")
    browser, _ = sign_in("bob", PASSWORD, HERE, remember=True)

    with writing() as connection:
        connection.execute(text("UPDATE users SET disabled_at = created_at WHERE name = 'bob'"))

    assert len(rows(SignIn, bob)) == 1
    assert find_sign_in(browser, HERE.address) is None


def test_who_is_disabled_has_no_link_left_to_come_back_by(user):
    mallory = account("mallory", admin=True)
    bob = account("bob")
    invite(mallory, is_admin=True)
    invite(ALICE, account_id=mallory.id)
    kept = {invite(ALICE), invite(ALICE, account_id=bob.id)}

    disable_account(ALICE, mallory.id)

    assert len(rows(Invitation)) == len(kept)
    assert {one.invited_by for one in rows(Invitation)} == {ALICE.id}


def test_the_last_administrator_cannot_be_disabled(user):
    account("bob")
    gone = account("carol", admin=True)
    disable_account(ALICE, gone.id)

    with pytest.raises(Conflict, match="last administrator"):
        disable_account(ALICE, ALICE.id)
    assert find_account("alice").disabled_at is None
    enable_account(ALICE, gone.id)
    disable_account(ALICE, ALICE.id)
    assert find_account("alice").disabled_at is not None


def test_of_administrators_who_disable_each_other_at_once_one_is_left(app, user):
    other = account("bob", admin=True)
    for _ in range(8):
        outcomes = together(app, lambda: disable_account(ALICE, other.id), lambda: disable_account(other, ALICE.id))
        assert sorted(type(outcome).__name__ for outcome in outcomes) == ["Conflict", "NoneType"]
        assert sum(one.disabled_at is None for one in all_accounts()) == 1
        for one in (ALICE, other):
            alter(User, one.id, disabled_at=None)


@pytest.mark.parametrize("act", [disable_account, enable_account])
def test_an_account_that_is_not_there_is_told_so(user, act):
    for account_id in (NOBODY, stranger("ghost").id):
        with pytest.raises(NotFound):
            act(ALICE, account_id)
    leave_transaction()
    assert archive_session(ALICE, create_session(ALICE).id).archived
