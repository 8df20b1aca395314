from datetime import timedelta

import pytest
from sqlalchemy import insert

from tests.support.accounts import ALICE, TOKEN, TOKEN_ID
from tests.support.cast import statements
from tests.support.doors import NOBODY
from tests.support.people import ELSEWHERE, HERE, account, alter, aside, nobody_yet, rows, together, trail
from webapp.database.transaction import writing
from webapp.errors import Conflict, Invalid, NotFound
from webapp.ids import new_id, utc_now
from webapp.models import ApiToken, AuditEvent, table_of
from webapp.services.accounts import tokens
from webapp.services.accounts.accounts import create_first_account
from webapp.services.accounts.deletion import remove_account
from webapp.services.accounts.secrets import hash_secret
from webapp.services.accounts.tokens import MAX_TOKENS, NAME_LIMIT, create_token, list_tokens, revoke_token, use_token

MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)


@pytest.fixture
def bob(user):
    return account("bob")


def used(secret, address=HERE.address):
    return use_token(secret, address)


def age(bob, by):
    """Let everything that the token was used for have happened earlier."""
    (row,) = rows(ApiToken, bob)
    alter(ApiToken, row.id, used_at=row.used_at - by)
    for event in rows(AuditEvent, bob):
        old = f"{int(event.id[:8] + event.id[9:13], 16) - int(by.total_seconds() * 1000):012x}"
        alter(AuditEvent, event.id, id=f"{old[:8]}-{old[8:]}{event.id[13:]}", at=event.at - by)


def test_a_token_acts_for_whom_it_was_made_and_says_by_which_way(bob):
    secret, token = create_token(bob, "  my \t notes ")

    use = used(secret)

    assert (use.id, use.name, use.is_admin, use.may_write) == (bob.id, "bob", False, True)
    assert use.via == f"token “my notes” ({token.prefix}…)"
    assert use.address == HERE.address
    assert use_token(TOKEN, "127.0.0.1").is_admin


def test_it_begins_with_its_mark_and_only_its_hash_and_first_letters_are_kept(bob):
    secret, token = create_token(bob, "notes")
    used(secret)

    assert secret.startswith("mb_")
    assert len(secret) >= 3 + 43
    (row,) = rows(ApiToken, bob)
    assert (row.prefix, row.secret_hash) == (secret[:8], hash_secret(secret))
    texts = [str(value) for found in rows(ApiToken) + rows(AuditEvent) for value in found]
    assert not any(secret[:12] in text for text in texts)
    assert list_tokens(bob)[0]._replace(used_at=None, used_from=None) == token


@pytest.mark.parametrize("secret", ["", "mb_", "nonsense", "mb_\udc80", "mb_\0", "mb_" + "x" * 100_000])
def test_another_secret_opens_nothing(bob, secret):
    made, _ = create_token(bob, "notes")
    (row,) = rows(ApiToken, bob)

    for wrong in (secret, made[3:], made.upper(), made + " ", row.secret_hash, f"mb_{row.secret_hash}"):
        assert used(wrong) is None


def test_a_token_that_only_reads_says_so(bob):
    secret, token = create_token(bob, "notes", read_only=True)

    assert (token.read_only, used(secret).may_write) == (True, False)


@pytest.mark.parametrize("lifetime", [timedelta(0), -DAY, timedelta(days=3661), timedelta.max])
def test_a_life_that_is_none_or_has_no_end_is_refused(bob, lifetime):
    with pytest.raises(Invalid, match="3660"):
        create_token(bob, "notes", lifetime=lifetime)
    assert rows(ApiToken, bob) == []


def test_a_token_lives_as_long_as_was_said_and_is_listed_until_it_is_revoked(bob):
    secret, token = create_token(bob, "notes", lifetime=90 * DAY)
    assert token.expires_at - token.created_at == 90 * DAY
    assert used(secret)

    alter(ApiToken, token.id, expires_at=utc_now() - timedelta(seconds=1))

    assert used(secret) is None
    assert [one.id for one in list_tokens(bob)] == [token.id]


@pytest.mark.parametrize("name", ["", " \t", "x" * (NAME_LIMIT + 1), "a\0b", "\udc80"])
def test_a_name_that_is_none_is_refused(bob, name):
    with pytest.raises(Invalid):
        create_token(bob, name)
    assert rows(ApiToken, bob) == []


def test_the_longest_name_is_told_whole_in_the_trail(bob):
    name = "ж" * NAME_LIMIT
    secret, token = create_token(bob, name)
    used(secret)

    told = [event.via for event in rows(AuditEvent, bob) if event.kind == "token-used"]
    assert told == [f"token “{name}” ({token.prefix}…)"]


def test_when_it_was_used_is_written_every_five_minutes_and_told_once_an_hour(bob):
    secret, token = create_token(bob, "notes")
    assert list_tokens(bob)[0].used_at is None
    used(secret)
    with statements() as sent:
        for _ in range(3):
            used(secret)
    assert [statement.sql.split()[0] for statement in sent] == ["SELECT"] * 3

    seen = list_tokens(bob)[0].used_at
    age(bob, 6 * MINUTE)
    used(secret)

    assert list_tokens(bob)[0].used_at >= seen
    assert trail(bob).count("token-used") == 1
    for _ in range(10):
        age(bob, 6 * MINUTE)
        used(secret)
    # It was never idle for an hour, and is told again all the same.
    assert trail(bob).count("token-used") == 2
    assert list_tokens(bob)[0].used_from == HERE.address
    assert token.used_at is None


def test_each_new_address_is_told_and_taking_turns_floods_nothing(bob):
    secret, _ = create_token(bob, "notes")
    used(secret)
    used(secret, ELSEWHERE.address)
    assert list_tokens(bob)[0].used_from == ELSEWHERE.address

    with statements() as sent:
        for _ in range(5):
            used(secret)
            used(secret, ELSEWHERE.address)

    assert {statement.sql.split()[0] for statement in sent} == {"SELECT"}
    told = [event.address for event in rows(AuditEvent, bob) if event.kind == "token-used"]
    assert told == [HERE.address, ELSEWHERE.address]


def test_two_tokens_from_one_address_are_told_apart(bob):
    for name in ("one", "two"):
        used(create_token(bob, name)[0])

    assert trail(bob).count("token-used") == 2


def test_who_only_uses_tokens_has_an_old_trail_cut_off_too(bob):
    secret, _ = create_token(bob, "notes")
    used(secret)
    age(bob, timedelta(days=366))

    used(secret)

    assert trail(bob) == ["token-used"]


def test_a_hundred_tokens_are_the_most_also_for_who_asks_twice_at_once(app, bob):
    pattern = next(row for row in rows(ApiToken) if row.id == TOKEN_ID)._asdict()
    with writing() as connection:
        for n in range(MAX_TOKENS - 1):
            connection.execute(
                insert(table_of(ApiToken)), pattern | {"id": new_id(), "user_id": bob.id, "secret_hash": str(n)}
            )

    outcomes = together(app, *[lambda: create_token(bob, "last")] * 4)

    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["Conflict"] * 3 + ["tuple"]
    assert len(list_tokens(bob)) == MAX_TOKENS
    revoke_token(bob, list_tokens(bob)[7].id)
    assert create_token(bob, "another")
    with pytest.raises(Conflict, match="Revoke a token"):
        create_token(bob, "one too many")
    assert create_token(ALICE, "hers")


def test_a_token_that_is_revoked_opens_nothing_and_the_others_do(bob):
    (first, token), (second, _) = create_token(bob, "first"), create_token(bob, "second")

    revoke_token(bob, token.id)

    assert used(first) is None
    assert used(second)
    assert [one.name for one in list_tokens(bob)] == ["second"]
    assert [event.about for event in rows(AuditEvent, bob) if event.kind == "token-revoked"] == [
        f"“first” ({token.prefix}…)"
    ]
    with pytest.raises(NotFound):
        revoke_token(bob, token.id)


def test_nobody_sees_or_revokes_somebody_elses(bob):
    secret, token = create_token(bob, "notes")
    for owner, token_id in ((ALICE, token.id), (bob, TOKEN_ID), (bob, NOBODY)):
        with pytest.raises(NotFound):
            revoke_token(owner, token_id)
    assert used(secret) and use_token(TOKEN, "127.0.0.1")
    assert [one.id for one in list_tokens(ALICE)] == [TOKEN_ID]


@pytest.mark.parametrize("way", ["revoked", "with its account"])
def test_a_token_that_goes_while_it_is_used_leaves_no_trace_of_a_use_after_it(app, bob, monkeypatch, way):
    secret, token = create_token(bob, "notes")
    note = tokens._record_use
    act = {"revoked": lambda: revoke_token(bob, token.id), "with its account": lambda: remove_account(ALICE, bob.id)}

    def slowly(*given, **more):
        aside(app, act[way])
        note(*given, **more)

    monkeypatch.setattr(tokens, "_record_use", slowly)

    assert used(secret).id == bob.id
    assert "token-used" not in trail(bob)
    assert used(secret) is None


def test_a_token_that_was_made_before_the_first_account_is_its_own_then(user):
    secret, _ = create_token(nobody_yet(), "early")
    ann = create_first_account("ann", "a password of anns", via="setup")

    assert used(secret)._replace(via="", address="", token_id=None) == ann._replace(via="", address="")
