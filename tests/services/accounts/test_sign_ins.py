from datetime import timedelta

import pytest
from sqlalchemy import insert

from tests.support.accounts import ALICE, PASSWORD, PASSWORD_HASH, SECRET, SIGN_IN_ID
from tests.support.cast import statements, stranger
from tests.support.doors import NOBODY
from tests.support.people import ELSEWHERE, HERE, account, alter, nobody_yet, rows, trail
from webapp.database.transaction import writing
from webapp.errors import NotFound, SignInNeeded, WrongCredentials
from webapp.ids import new_id, utc_now
from webapp.models import AuditEvent, SignIn, User, table_of
from webapp.services.accounts import passwords
from webapp.services.accounts.confirmation import confirm_password
from webapp.services.accounts.passwords import is_outdated
from webapp.services.accounts.secrets import hash_secret
from webapp.services.accounts.sign_in_list import end_all_sign_ins, end_sign_in, list_sign_ins
from webapp.services.accounts.sign_ins import (
    FRESH,
    IDLE,
    MAX_AGE,
    MAX_SIGN_INS,
    REMEMBERED,
    ClientInfo,
    find_sign_in,
    sign_in,
)
from webapp.services.accounts.status import disable_account

MINUTE = timedelta(minutes=1)


@pytest.fixture
def bob(user):
    return account("bob")


def enter(name="bob", password=PASSWORD, client_info=HERE, *, remember=False):
    return sign_in(name, password, client_info, remember=remember)[0]


def the_row(user):
    (row,) = rows(SignIn, user)
    return row


def about(expected, moment):
    return abs(moment - utc_now() - expected) < MINUTE


def test_name_and_password_let_a_browser_in_as_who_it_is(bob):
    secret, who = sign_in(" BOB ", PASSWORD, HERE, remember=False)

    assert (who.id, who.name, who.is_admin, who.via, who.address) == (bob.id, "bob", False, "page", HERE.address)
    found = find_sign_in(secret, HERE.address)
    assert (found.user, found.id) == (who, the_row(bob).id)
    assert trail(bob) == ["sign-in"]


def test_of_the_secret_only_the_hash_is_kept_and_each_sign_in_has_its_own(bob):
    first, second = enter(), enter()

    assert first != second
    assert len(first) >= 43
    assert {row.secret_hash for row in rows(SignIn, bob)} == {hash_secret(first), hash_secret(second)}
    assert not {first, second} & {value for row in rows(SignIn, bob) + rows(AuditEvent) for value in row}


@pytest.mark.parametrize("secret", ["", "nonsense", "\udc80", "\0", "x" * 100_000, PASSWORD])
def test_another_secret_opens_nothing(bob, secret):
    enter()

    assert find_sign_in(secret, HERE.address) is None
    assert find_sign_in(the_row(bob).secret_hash, HERE.address) is None


@pytest.mark.parametrize("name", ["bob", "nobody", "", "ghost", "bob\0", "\udcff", "ＢＯＢ", "x" * 100_000])
def test_a_wrong_password_is_refused_in_the_same_words_whoever_it_is(bob, name):
    stranger("ghost")
    for password in ("wrong", "", "\0", "\udc80", "the password of nobody", PASSWORD_HASH):
        with pytest.raises(WrongCredentials, match=r"^The name or the password is wrong\.$"):
            enter(name, password)
    assert rows(SignIn, bob) == []


def test_whatever_is_wrong_costs_the_same_one_comparison_and_the_same_statements(bob, monkeypatch):
    compared = []

    class Spying(type(passwords._hasher)):
        def verify(self, kept, given):
            compared.append(kept)
            return super().verify(kept, given)

    stranger("ghost")
    gone = account("gone")
    disable_account(ALICE, gone.id)
    passwords._dummy_hash()
    monkeypatch.setattr(passwords, "_hasher", Spying(time_cost=2, memory_cost=19_456, parallelism=1))
    costs = {}
    for name, password in {"bob": "wrong", "nobody": "wrong", "ghost": PASSWORD, "gone": PASSWORD}.items():
        compared.clear()
        with statements() as sent, pytest.raises(WrongCredentials):
            enter(name, password)
        costs[name] = (len(compared), [statement.sql.partition("WHERE")[0].split()[:3] for statement in sent])

    assert costs["bob"][0] == 1
    assert all(cost == costs["bob"] for cost in costs.values()), costs


def test_what_failed_is_in_the_trail_of_whom_it_was_tried_on(bob):
    nobody = len(rows(AuditEvent))
    for name in ("bob", "nobody"):
        with pytest.raises(WrongCredentials):
            enter(name, "wrong")

    assert trail(bob) == ["sign-in-failed"]
    assert trail(None) == ["sign-in-failed"]
    assert len(rows(AuditEvent)) == nobody + 2
    assert {(event.via, event.address, event.about) for event in rows(AuditEvent)} == {("page", HERE.address, "")}


def test_nobody_signs_in_before_there_is_an_account(user):
    nobody_yet()

    for name in ("local", "alice", ""):
        with pytest.raises(WrongCredentials):
            enter(name)


def test_a_password_that_was_kept_with_older_settings_is_kept_with_todays_from_then_on(bob, real_hashes):
    def kept():
        return {row.name: row.password_hash for row in rows(User)}

    assert is_outdated(kept()["bob"])
    with pytest.raises(WrongCredentials):
        enter(password="wrong")
    assert kept()["bob"] == PASSWORD_HASH

    enter()

    fresh = kept()["bob"]
    assert fresh != PASSWORD_HASH and not is_outdated(fresh)
    enter()
    assert kept() == {"alice": PASSWORD_HASH, "bob": fresh}


def test_a_browser_that_is_not_remembered_is_let_in_as_long_as_it_comes_within_twelve_hours(bob):
    secret = enter()
    assert about(IDLE, the_row(bob).expires_at)
    assert the_row(bob).remembered is False
    alter(SignIn, the_row(bob).id, seen_at=utc_now() - IDLE + MINUTE, expires_at=utc_now() + MINUTE)

    assert find_sign_in(secret, HERE.address).user.id == bob.id

    assert about(IDLE, the_row(bob).expires_at)
    assert about(timedelta(0), the_row(bob).seen_at)
    alter(SignIn, the_row(bob).id, expires_at=utc_now() - timedelta(seconds=1))
    assert find_sign_in(secret, HERE.address) is None
    assert list_sign_ins(bob) == []


def test_however_often_a_browser_comes_its_sign_in_ends_after_ninety_days(bob):
    secret = enter()
    begun = utc_now() - MAX_AGE + MINUTE
    alter(SignIn, the_row(bob).id, created_at=begun, seen_at=utc_now() - IDLE + MINUTE)

    assert find_sign_in(secret, HERE.address).user.id == bob.id

    assert the_row(bob).expires_at == begun + MAX_AGE
    alter(SignIn, the_row(bob).id, created_at=begun - 2 * MINUTE, expires_at=utc_now() + IDLE)
    assert find_sign_in(secret, HERE.address) is None
    assert REMEMBERED < MAX_AGE


def test_a_password_is_fresh_for_ten_minutes_after_it_was_given(bob):
    secret = enter()
    found = find_sign_in(secret, HERE.address)
    assert about(timedelta(0), found.confirmed_at)
    assert found.is_fresh
    for age, is_fresh in ((FRESH - MINUTE, True), (FRESH + MINUTE, False), (timedelta(days=3), False)):
        alter(SignIn, found.id, confirmed_at=utc_now() - age)
        assert find_sign_in(secret, HERE.address).is_fresh is is_fresh
    alter(SignIn, found.id, confirmed_at=None)
    assert not find_sign_in(secret, HERE.address).is_fresh

    with pytest.raises(WrongCredentials):
        confirm_password(bob, found.id, "wrong")
    assert not find_sign_in(secret, HERE.address).is_fresh
    renewed = confirm_password(bob, found.id, PASSWORD)
    assert find_sign_in(renewed.secret, HERE.address) == (found.id, bob, the_row(bob).confirmed_at)
    assert find_sign_in(renewed.secret, HERE.address).is_fresh
    assert find_sign_in(secret, HERE.address) is None
    assert renewed.remembered is False
    assert trail(bob)[-2:] == ["sign-in-failed", "password-confirmed"]


def test_nobody_confirms_a_browser_of_somebody_else_or_one_that_is_signed_out(bob):
    enter()
    mine = the_row(bob).id
    carol = account("carol")
    with pytest.raises(SignInNeeded):
        confirm_password(carol, mine, PASSWORD)
    end_sign_in(bob, mine)
    with pytest.raises(SignInNeeded):
        confirm_password(bob, mine, PASSWORD)


def test_a_browser_that_is_remembered_is_let_in_for_thirty_days_whenever_it_comes(bob):
    secret = enter(remember=True)
    expires = the_row(bob).expires_at
    assert about(REMEMBERED, expires)
    alter(SignIn, the_row(bob).id, seen_at=utc_now() - timedelta(days=29))

    assert find_sign_in(secret, HERE.address).user.id == bob.id

    assert the_row(bob).expires_at == expires
    alter(SignIn, the_row(bob).id, expires_at=utc_now() - timedelta(seconds=1))
    assert find_sign_in(secret, HERE.address) is None


def test_when_a_browser_was_seen_is_written_every_five_minutes_and_after_one_when_it_comes_from_elsewhere(bob):
    secret = enter()
    with statements() as sent:
        for _ in range(3):
            find_sign_in(secret, HERE.address)
            # One that has two addresses takes them in turn.
            find_sign_in(secret, ELSEWHERE.address)
    assert [statement.sql.split()[0] for statement in sent] == ["SELECT"] * 6

    alter(SignIn, the_row(bob).id, seen_at=utc_now() - 2 * MINUTE)
    find_sign_in(secret, HERE.address)
    assert utc_now() - the_row(bob).seen_at > MINUTE
    find_sign_in(secret, ELSEWHERE.address)
    assert the_row(bob).address == ELSEWHERE.address
    alter(SignIn, the_row(bob).id, seen_at=utc_now() - 6 * MINUTE)
    find_sign_in(secret, ELSEWHERE.address)
    assert about(timedelta(0), the_row(bob).seen_at)


def test_the_list_has_the_users_own_that_are_in_force_last_seen_first(bob):
    for n in range(3):
        enter(client_info=ClientInfo(f"192.0.2.{n}", f"Browser {n}"))
    ids = [row.id for row in rows(SignIn, bob)]
    alter(SignIn, ids[1], seen_at=utc_now() - 3 * MINUTE)
    alter(SignIn, ids[0], expires_at=utc_now() - MINUTE)

    listed = list_sign_ins(bob)

    assert [(one.id, one.agent, one.address) for one in listed] == [
        (ids[2], "Browser 2", "192.0.2.2"),
        (ids[1], "Browser 1", "192.0.2.1"),
    ]
    assert [one.id for one in list_sign_ins(ALICE)] == [SIGN_IN_ID]


def test_a_browsers_name_is_cut_where_it_is_too_long(bob):
    enter(client_info=ClientInfo("192.0.2.1", "Mozilla " * 1_000))

    assert len(the_row(bob).agent) == 200
    assert len(rows(AuditEvent, bob)[0].about) == 200


def test_one_browser_is_signed_out_and_the_others_stay(bob):
    first, second = enter(), enter()

    end_sign_in(bob, find_sign_in(first, HERE.address).id)

    assert find_sign_in(first, HERE.address) is None
    assert find_sign_in(second, HERE.address).user.id == bob.id
    assert trail(bob) == ["sign-in", "sign-in", "sign-out"]


def test_nobody_signs_somebody_else_out(bob):
    secret = enter()
    for owner, sign_in_id in ((ALICE, find_sign_in(secret, HERE.address).id), (bob, SIGN_IN_ID), (bob, NOBODY)):
        with pytest.raises(NotFound):
            end_sign_in(owner, sign_in_id)
    assert find_sign_in(secret, HERE.address) and find_sign_in(SECRET, "127.0.0.1")
    assert "sign-out" not in trail(bob) + trail(ALICE)


def test_signing_out_everywhere_ends_all_of_ones_own(bob):
    secrets = [enter() for _ in range(3)]

    end_all_sign_ins(bob)

    assert [find_sign_in(secret, HERE.address) for secret in secrets] == [None] * 3
    assert find_sign_in(SECRET, "127.0.0.1").user.id == ALICE.id
    assert trail(bob)[-1] == "sign-out-everywhere"


def test_what_has_run_out_goes_at_the_next_sign_in_and_nobody_elses_does(bob):
    enter()
    for row in (the_row(bob), the_row(ALICE)):
        alter(SignIn, row.id, expires_at=utc_now() - MINUTE)
    old = the_row(bob).id

    enter()

    assert the_row(bob).id != old
    assert the_row(ALICE).id == SIGN_IN_ID


def test_a_hundred_browsers_are_the_most_and_the_one_seen_longest_ago_goes(bob):
    first, second = enter(), enter()
    ids = [row.id for row in rows(SignIn, bob)]
    alter(SignIn, ids[0], seen_at=utc_now() + MINUTE)
    pattern = the_row(ALICE)._asdict() | {"user_id": bob.id, "seen_at": utc_now()}
    with writing() as connection:
        for n in range(MAX_SIGN_INS - 2):
            connection.execute(insert(table_of(SignIn)), pattern | {"id": new_id(), "secret_hash": str(n)})
    assert len(list_sign_ins(bob)) == MAX_SIGN_INS

    enter()

    assert len(rows(SignIn, bob)) == len(list_sign_ins(bob)) == MAX_SIGN_INS
    assert find_sign_in(second, HERE.address) is None
    assert find_sign_in(first, HERE.address) and find_sign_in(SECRET, "127.0.0.1")
