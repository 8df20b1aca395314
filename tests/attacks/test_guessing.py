"""Guessing a thousand passwords gets few of them compared, and keeps nobody else out."""

import threading

import pytest
from argon2 import PasswordHasher

from tests.attacks.people import no_account, person
from tests.support.accounts import PASSWORD, client_of
from tests.support.doors import sentence

pytestmark = [pytest.mark.usefixtures("clock"), pytest.mark.one_database("The limiter counts outside of the database.")]


@pytest.fixture
def compared(monkeypatch):
    """The passwords that were compared with one that is kept: each costs 19 MiB and some time."""
    seen, verify = [], PasswordHasher.verify

    def note(self, kept, given):
        seen.append(given)
        return verify(self, kept, given)

    monkeypatch.setattr(PasswordHasher, "verify", note)
    return seen


def attempt(app, name="alice", password="wrong", address="192.0.2.1", **headers):
    """Try to sign in from an address."""
    return client_of(app).post(
        "/sign-in",
        data={"name": name, "password": password},
        headers=headers,
        environ_overrides={"REMOTE_ADDR": address},
    )


def test_one_account_is_guessed_at_ten_times_in_a_quarter_of_an_hour_wherever_from(app, compared):
    statuses = [
        attempt(app, password=f"guess {n}", address=f"192.0.{n // 250}.{n % 250}").status_code for n in range(1000)
    ]
    assert statuses == [401] * 10 + [429] * 990
    assert len(compared) == 10


@pytest.mark.parametrize("spellings", [["alice", "ALICE", " alice ", "Ａｌｉｃｅ", "\u3000alice\t"]])
def test_another_spelling_is_no_other_account(app, compared, spellings):
    for n in range(30):
        attempt(app, name=spellings[n % len(spellings)], address=f"192.0.2.{n}")
    assert len(compared) == 10


def test_many_names_are_guessed_at_thirty_times_from_one_address(app, compared):
    statuses = [attempt(app, name=f"name-{n}").status_code for n in range(100)]
    assert statuses == [401] * 30 + [429] * 70
    assert len(compared) == 30


def test_a_network_of_ipv6_is_one_address(app, compared):
    for n in range(60):
        attempt(app, name=f"name-{n}", address=f"2001:db8:1:2:{n:x}::{n:x}")
    assert len(compared) == 30
    assert attempt(app, name="name", address="2001:db8:1:3::1").status_code == 401


def test_whoever_waits_is_told_how_long_and_let_in_then(app, clock):
    for _ in range(10):
        attempt(app)
    refused = attempt(app, password=PASSWORD)
    assert refused.status_code == 429
    assert "Set-Cookie" not in refused.headers
    assert "wait 15 minutes" in sentence(refused)
    wait = int(refused.headers["Retry-After"])
    assert 0 < wait <= 900
    clock.seconds += wait - 1
    assert attempt(app, password=PASSWORD).status_code == 429
    clock.seconds += 2
    assert attempt(app, password=PASSWORD).status_code == 303


def test_nobody_else_is_locked_out(app):
    with app.app_context():
        person("bob")
    for n in range(20):
        attempt(app, password=f"guess {n}")
    assert attempt(app, password=PASSWORD, address="198.51.100.1").status_code == 429
    # From the very address of who guesses, too, as long as he has not tried thirty times.
    assert attempt(app, name="bob", password=PASSWORD).status_code == 303
    # Who is signed in does not notice, nor do programs.
    assert app.test_client().get("/sessions").status_code == 200
    assert app.test_client().get("/api/v1/sessions").status_code == 200


def test_signing_in_often_is_no_guessing(app):
    assert {attempt(app, password=PASSWORD).status_code for _ in range(35)} == {303}


def test_many_at_once_are_hardly_more(app, compared):
    """Those that are under way are not counted yet: there are never more of them than threads."""

    def guess():
        for _ in range(10):
            attempt(app)

    threads = [threading.Thread(target=guess) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert 10 <= len(compared) < 10 + len(threads)


def test_a_forged_address_is_no_other_one(app, compared):
    for n in range(60):
        forged = f"203.0.113.{n}"
        attempt(app, f"n-{n}", **{"X-Forwarded-For": forged, "Forwarded": f"for={forged}", "X-Real-IP": forged})
    assert len(compared) == 30


def test_behind_a_proxy_only_what_the_proxy_wrote_counts(make_app, compared):
    app = make_app(proxies=1)
    for n in range(60):
        attempt(app, f"n-{n}", **{"X-Forwarded-For": f"203.0.113.{n}, 198.51.100.7"})
    assert len(compared) == 30
    assert attempt(app, "other", **{"X-Forwarded-For": "203.0.113.1, 198.51.100.8"}).status_code == 401


@pytest.mark.parametrize("engine_name", ["sqlite", "postgres"], indirect=True)
def test_what_a_proxy_writes_may_be_any_text(make_app):
    app = make_app(proxies=1)
    for text in ("x" * 5000, "198.51.100.7:1234", "unknown", "é"):
        assert attempt(app, **{"X-Forwarded-For": text}).status_code == 401
        assert attempt(app, password=PASSWORD, **{"X-Forwarded-For": text}).status_code == 303


def test_the_code_of_the_first_account_is_guessed_at_thirty_times(app):
    with app.app_context():
        no_account()
    form = {"name": "eve", "password": PASSWORD}
    statuses = [client_of(app).post("/setup", data=form | {"code": f"{n:032}"}).status_code for n in range(40)]
    assert statuses == [403] * 30 + [429] * 10


def test_trying_while_one_has_to_wait_makes_it_no_longer(app, clock):
    for _ in range(10):
        attempt(app)
    waits = []
    for _ in range(5):
        waits.append(int(attempt(app).headers["Retry-After"]))
        clock.seconds += 10
    assert waits == [waits[0] - 10 * n for n in range(5)]
