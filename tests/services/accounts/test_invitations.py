from datetime import timedelta

import pytest

from tests.support.accounts import ALICE, PASSWORD, PASSWORD_HASH
from tests.support.cast import stranger
from tests.support.doors import NOBODY
from tests.support.people import HERE, OTHER, account, alter, rows, together, trail
from webapp.errors import Conflict, Invalid, NotFound, WrongCredentials
from webapp.ids import utc_now
from webapp.models import Invitation, SignIn, User
from webapp.services.accounts.accounts import find_account
from webapp.services.accounts.deletion import remove_account
from webapp.services.accounts.invitations import (
    VALID,
    accept_invitation,
    find_invitation,
    invite,
    list_invitations,
    withdraw_invitation,
)
from webapp.services.accounts.secrets import hash_secret
from webapp.services.accounts.sign_ins import find_sign_in, sign_in
from webapp.services.accounts.status import disable_account, enable_account
from webapp.services.accounts.tokens import create_token, use_token


@pytest.fixture
def bob(user):
    return account("bob")


def accept(secret, name="carol", password=OTHER):
    return accept_invitation(secret, name, password, HERE)


def who(secret):
    return find_sign_in(secret, HERE.address).user


def enter(name, password):
    return sign_in(name, password, HERE, remember=False)[0]


def test_who_is_invited_makes_an_account_and_is_signed_in(user):
    browser = accept(invite(ALICE), " Carol ")

    assert (who(browser).name, who(browser).is_admin) == ("carol", False)
    assert enter("carol", OTHER)
    carol = find_account("carol")
    assert trail(carol)[:2] == ["account-made", "sign-in"]
    assert trail(ALICE) == ["invited"]
    assert not rows(SignIn, carol)[0].remembered


def test_an_invitation_to_administer_makes_an_administrator(user):
    assert find_invitation(secret := invite(ALICE, is_admin=True)).is_admin

    assert who(accept(secret)).is_admin
    assert find_account("carol").is_admin


def test_a_link_works_once(user):
    secret = invite(ALICE)
    accept(secret)

    for again in (lambda: find_invitation(secret), lambda: accept(secret, "dave")):
        with pytest.raises(NotFound, match="new one"):
            again()
    assert [row.name for row in rows(User)] == ["alice", "carol"]


def test_of_two_who_come_by_one_link_at_once_one_is_let_in(app, user):
    for n in range(3):
        secret = invite(ALICE)
        outcomes = together(app, *(lambda name=name: accept(secret, name) for name in (f"a{n}", f"b{n}", f"c{n}")))  # noqa: B023
        assert sorted(type(outcome).__name__ for outcome in outcomes) == ["NotFound", "NotFound", "str"]
        assert len(rows(User)) == 2 + n


def test_of_two_who_take_one_name_at_once_one_has_it_and_the_others_link_still_works(app, user):
    links = [invite(ALICE), invite(ALICE)]

    outcomes = together(app, *(lambda link=link: accept(link) for link in links))

    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["Conflict", "str"]
    assert len(rows(Invitation)) == 1
    left = next(link for link, outcome in zip(links, outcomes, strict=True) if isinstance(outcome, Conflict))
    assert who(accept(left, "dave")).name == "dave"


def test_a_link_lasts_seven_days(user):
    secret = invite(ALICE)
    (row,) = rows(Invitation)
    assert row.expires_at - row.created_at == VALID == timedelta(days=7)
    assert abs(row.created_at - utc_now()) < timedelta(minutes=1)

    alter(Invitation, row.id, expires_at=utc_now() - timedelta(seconds=1))

    for act in (lambda: find_invitation(secret), lambda: accept(secret)):
        with pytest.raises(NotFound):
            act()
    assert list_invitations(ALICE) == []
    invite(ALICE)
    assert row.id not in {one.id for one in rows(Invitation)}


def test_of_a_link_only_the_hash_is_kept(user):
    secret = invite(ALICE)

    (row,) = rows(Invitation)
    assert row.secret_hash == hash_secret(secret)
    assert secret not in row
    with pytest.raises(NotFound):
        find_invitation(row.secret_hash)


@pytest.mark.parametrize("secret", ["", "nonsense", "\udc80", "\0", "x" * 100_000])
def test_another_link_leads_nowhere(user, secret):
    invite(ALICE)
    for act in (lambda: find_invitation(secret), lambda: accept(secret)):
        with pytest.raises(NotFound):
            act()


def test_a_withdrawn_one_works_no_more_and_the_others_do(user):
    first, second = invite(ALICE), invite(ALICE)

    withdraw_invitation(ALICE, find_invitation(first).id)

    with pytest.raises(NotFound):
        accept(first)
    assert [one.id for one in list_invitations(ALICE)] == [find_invitation(second).id]
    assert trail(ALICE)[-1] == "invitation-withdrawn"
    with pytest.raises(NotFound):
        withdraw_invitation(ALICE, NOBODY)


@pytest.mark.parametrize(
    ("name", "password", "refusal"),
    [("", OTHER, Invalid), ("a b", OTHER, Invalid), ("carol", "short", Invalid), ("BOB", OTHER, Conflict)],
)
def test_a_link_still_works_when_what_was_typed_was_refused(bob, name, password, refusal):
    secret = invite(ALICE)

    with pytest.raises(refusal):
        accept(secret, name, password)

    assert [row.name for row in rows(User)] == ["alice", "bob"]
    assert who(accept(secret)).name == "carol"


def test_by_a_link_for_a_new_password_its_owner_is_in_and_everybody_else_out(bob):
    old = enter("bob", PASSWORD)
    program, _ = create_token(bob, "notes")
    secret = invite(ALICE, account_id=bob.id)
    assert find_invitation(secret).account == "bob"
    assert enter("bob", PASSWORD)

    browser = accept(secret, "mallory")

    assert (who(browser).id, who(browser).name) == (bob.id, "bob")
    assert len(rows(SignIn, bob)) == 1
    assert find_sign_in(old, HERE.address) is None
    with pytest.raises(WrongCredentials):
        enter("bob", PASSWORD)
    assert enter("bob", OTHER)
    assert use_token(program, HERE.address)
    assert "password-reset" in trail(bob)
    assert trail(ALICE) == ["reset-link-made"]


def test_of_several_links_for_a_new_password_one_works(app, bob):
    links = [invite(ALICE, account_id=bob.id) for _ in range(3)]

    outcomes = together(app, *(lambda link=link: accept(link) for link in links))

    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["NotFound", "NotFound", "str"]
    assert rows(Invitation) == []
    assert len(rows(SignIn, bob)) == 1


def test_a_link_makes_nobody_an_administrator_who_is_none(bob):
    accept(invite(ALICE, account_id=bob.id, is_admin=True))

    assert not find_account("bob").is_admin


def test_a_new_password_may_not_be_the_accounts_name(bob):
    with pytest.raises(Invalid):
        accept(invite(ALICE, account_id=bob.id), "mallory", "bobBOBbobBOB")


def test_a_disabled_accounts_owner_is_told_so_and_the_link_waits(bob):
    disable_account(ALICE, bob.id)
    secret = invite(ALICE, account_id=bob.id)

    with pytest.raises(Conflict, match="disabled"):
        accept(secret)

    assert next(row for row in rows(User) if row.id == bob.id).password_hash == PASSWORD_HASH
    assert rows(SignIn, bob) == []
    enable_account(ALICE, bob.id)
    assert who(accept(secret)).id == bob.id


def test_a_link_for_an_account_that_is_not_there_is_not_made(user):
    for account_id in (NOBODY, stranger("ghost").id):
        with pytest.raises(NotFound):
            invite(ALICE, account_id=account_id)
    assert rows(Invitation) == []


def test_links_go_with_who_made_them_and_whom_they_are_for(bob):
    carol = account("carol", admin=True)
    invite(carol)
    invite(ALICE, account_id=carol.id)
    kept = invite(ALICE)

    remove_account(ALICE, carol.id)

    assert [row.secret_hash for row in rows(Invitation)] == [hash_secret(kept)]


def test_the_list_has_those_in_force_the_newest_first(bob):
    invite(ALICE, is_admin=True)
    invite(account("carol", admin=True), account_id=bob.id)

    assert [(one.account, one.is_admin) for one in list_invitations(ALICE)] == [("bob", False), (None, True)]
